package io.sidestream.operators.assign;

import java.io.IOException;
import java.io.Serializable;

/** Where the updates of a codebook version go. */
public interface OutputTopics extends Serializable {

    /**
     * Makes sure that the updates of a version can be written, before any of them are made.
     *
     * @throws IOException if they cannot
     */
    void require(String codebookVersion) throws IOException, InterruptedException;

    /** Of a job whose sink takes updates of any version. */
    static OutputTopics any() {
        return version -> {};
    }
}
