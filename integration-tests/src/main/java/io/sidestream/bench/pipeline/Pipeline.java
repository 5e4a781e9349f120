package io.sidestream.bench.pipeline;

/** Something that takes in every record of the topic. */
interface Pipeline {

    /** What it does, in a line. */
    String title();

    /**
     * Takes in the topic from its first record to its last.
     *
     * @param round a number that no other run of this pipeline has
     * @throws IllegalStateException if it does not come to its end, or loses or repeats records
     */
    Measurement run(int round) throws Exception;
}
