package io.sidestream.it;

import java.lang.management.ManagementFactory;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** What is on this process's heap. */
final class HeapHistogram {

    /** Number, instances, bytes and class. */
    private static final Pattern LINE =
            Pattern.compile("^ *\\d+: +\\d+ +(\\d+) +(\\S+)", Pattern.MULTILINE);

    private HeapHistogram() {}

    /** Bytes of all reachable arrays of floats. */
    static long floats() throws JMException {
        Object histogram =
                ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "gcClassHistogram",
                                new Object[] {new String[0]},
                                new String[] {String[].class.getName()});
        return LINE.matcher(histogram.toString())
                .results()
                .filter(line -> line.group(2).equals("[F"))
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .sum();
    }
}
