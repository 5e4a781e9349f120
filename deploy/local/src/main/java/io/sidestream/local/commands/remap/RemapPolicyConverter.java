package io.sidestream.local.commands.remap;

import io.sidestream.sid.RemapPolicy;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a remap policy as people write it: {@code top-p=0.85}. */
public final class RemapPolicyConverter implements ITypeConverter<RemapPolicy> {

    /** What can be written, for help texts. */
    public static final String FORMS =
            "top-p=0.85 (the fewest tokens that hold this share of the items), top-k=400,"
                    + " token-fraction=0.1, drop-layer or none";

    @Override
    public RemapPolicy convert(String text) {
        try {
            return RemapPolicy.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
