package io.sidestream.it;

/** Something that a test waits for, as long as there is hope. */
interface Alive {

    /**
     * @throws Exception why it has ended, if it has
     */
    void requireAlive() throws Exception;
}
