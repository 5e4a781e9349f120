package io.sidestream.schema;

import java.lang.management.ManagementFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How much this thread allocates: tells what a damaged length would have cost. */
final class AllocatedBytes {

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocatedBytes() {}

    static long during(ThrowingCallable action) throws Throwable {
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        action.call();
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }
}
