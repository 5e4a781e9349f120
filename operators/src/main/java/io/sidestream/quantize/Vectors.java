package io.sidestream.quantize;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What the classes of the vector kernel share. */
final class Vectors {

    /**
     * The preferred species of the JVM, a constant because the JIT compiler keeps vectors in
     * registers only where it knows their species. Other widths are reached with {@code
     * -XX:MaxVectorSize}.
     */
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    static final int LANES = SPECIES.length();

    private static final Class<? extends FloatVector> TYPE = FloatVector.zero(SPECIES).getClass();

    private Vectors() {}

    /**
     * Stores a vector that was carried around a loop. The cast tells the JIT compiler of JDK 17 the
     * class of such a variable. It would otherwise guess it from what the process has done so far,
     * and if that includes vectors of another width, give up and box every vector of the loop.
     */
    static void store(FloatVector vector, float[] to, int at) {
        TYPE.cast(vector).intoArray(to, at);
    }
}
