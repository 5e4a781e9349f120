package io.sidestream.bench.pipeline;

import java.util.Map;

/**
 * One run of a pipeline over the whole topic.
 *
 * @param seconds from the first record to the last, everything written committed
 * @param cpuSeconds processor time by what it was used for
 */
record Measurement(double seconds, Map<String, Double> cpuSeconds) {}
