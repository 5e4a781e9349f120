package io.sidestream.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processor time that every thread of this process, and the broker beside it, have used so far.
 * Threads are summed up by what they do, which their names say. Unlike elapsed time it tells what
 * each part costs, whoever else runs on the machine.
 *
 * @param threads nanoseconds by thread
 * @param process nanoseconds of the whole process
 * @param broker nanoseconds of its children
 */
public record CpuTimes(Map<Owner, Long> threads, long process, long broker) {

    private static final String THE_JVM = "JVM (garbage collection, JIT) and RocksDB's own threads";
    private static final String THE_BROKER = "Kafka broker";
    private static final String OTHERS = "other threads";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** A thread by its id, and what it does. */
    public record Owner(long id, String work) {}

    public static CpuTimes now() {
        long[] ids = THREADS.getAllThreadIds();
        long[] times = THREADS.getThreadCpuTime(ids);
        ThreadInfo[] infos = THREADS.getThreadInfo(ids);
        Map<Owner, Long> threads = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            if (times[i] >= 0 && infos[i] != null) {
                threads.put(new Owner(ids[i], work(infos[i].getThreadName())), times[i]);
            }
        }
        long children =
                ProcessHandle.current()
                        .children()
                        .mapToLong(
                                child ->
                                        child.info()
                                                .totalCpuDuration()
                                                .orElse(Duration.ZERO)
                                                .toNanos())
                        .sum();
        return new CpuTimes(threads, PROCESS.getProcessCpuTime(), children);
    }

    /** Seconds of processor time since then, by what they were used for. */
    public Map<String, Double> since(CpuTimes before) {
        Map<String, Double> seconds = new TreeMap<>();
        double counted = 0;
        for (Map.Entry<Owner, Long> thread : threads.entrySet()) {
            double used =
                    (thread.getValue() - before.threads.getOrDefault(thread.getKey(), 0L)) / 1e9;
            seconds.merge(thread.getKey().work, used, Double::sum);
            counted += used;
        }
        seconds.put(THE_JVM, (process - before.process) / 1e9 - counted);
        seconds.put(THE_BROKER, (broker - before.broker) / 1e9);
        return seconds;
    }

    /** Flink calls a task's thread by its operators: {@code index (1/2)#0}. */
    private static String work(String thread) {
        if (thread.startsWith("Source Data Fetcher")) {
            return "Kafka consumers";
        }
        if (thread.startsWith("kafka-producer-network-thread")) {
            return "Kafka producers";
        }
        int subtask = thread.lastIndexOf(" (");
        boolean task = subtask > 0 && thread.indexOf(")#", subtask) > 0 && !isHelper(thread);
        return task ? "task " + thread.substring(0, subtask) : OTHERS;
    }

    /** A task's timers and flusher have its name behind their own. */
    private static boolean isHelper(String thread) {
        return thread.contains("Time Trigger for ") || thread.startsWith("OutputFlusher for ");
    }
}
