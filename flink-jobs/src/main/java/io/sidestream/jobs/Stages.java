package io.sidestream.jobs;

/**
 * Names of the jobs' operators in dataflow order. A name is also the operator's uid: state in
 * checkpoints and savepoints is found by it, so that none is ever changed.
 */
final class Stages {

    static final String CODEBOOKS_SOURCE = "codebooks-source";
    static final String DECODE_MANIFEST = "decode-manifest";
    static final String REMAPS_SOURCE = "remaps-source";
    static final String DECODE_REMAP = "decode-remap";
    static final String CONTROL_CODEBOOKS = "control-codebooks";
    static final String CONTROL_REMAPS = "control-remaps";
    static final String ITEMS_SOURCE = "items-source";
    static final String DECODE = "decode";
    static final String ASSIGN = "assign";
    static final String LOADED_VERSIONS = "loaded-versions";
    static final String ASSIGNMENTS_SOURCE = "assignments-source";
    static final String DECODE_ASSIGNMENT = "decode-assignment";
    static final String INDEX = "index";
    static final String RESOLVE = "resolve";
    static final String PUBLISH = "publish";
    static final String WATCH = "watch";
    static final String UPDATES_SINK = "updates-sink";
    static final String ANNOUNCEMENTS_SINK = "announcements-sink";
    static final String DEAD_LETTERS_SINK = "dead-letters-sink";

    /** Of the backfill job, besides those that are as above. */
    static final String ASSIGN_AGAIN = "assign-again";

    static final String ASSIGNMENTS_SINK = "assignments-sink";

    private Stages() {}
}
