package io.sidestream.sid;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What makes items on one path distinct. */
public enum Disambiguation {
    /** An ordinal 0, 1, 2… is always part of the SID: the lowest free one when the item joins. */
    APPEND,
    /** As {@link #APPEND}, but ordinal 0 is not shown. */
    WHEN_NEEDED,
    /** No ordinal: items on one path share their SID. */
    NONE;

    /** The ordinal of an item that has none. */
    public static final int NO_ORDINAL = -1;

    /** Whether the SID shows this ordinal. */
    public boolean shows(int ordinal) {
        return switch (this) {
            case APPEND -> true;
            case WHEN_NEEDED -> ordinal > 0;
            case NONE -> false;
        };
    }

    /** The policy's name as people write it: {@code when-needed}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The policy of a name as people write it.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Disambiguation parse(String name) {
        return Arrays.stream(values())
                .filter(policy -> policy.toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "Disambiguation '%s' is not one of %s"
                                                .formatted(
                                                        name,
                                                        Arrays.stream(values())
                                                                .map(Disambiguation::toString)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
    }
}
