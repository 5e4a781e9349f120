package io.sidestream.local.commands.codebook;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Codewords per layer, the first layer first.
 *
 * @param sizes at least one, all positive
 */
record LayerSizes(List<Integer> sizes) {

    private static final Pattern EQUAL = Pattern.compile("([1-9][0-9]{0,2})x([1-9][0-9]{0,7})");
    private static final Pattern LIST = Pattern.compile("[1-9][0-9]{0,7}(,[1-9][0-9]{0,7})*");

    int[] toArray() {
        return sizes.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Reads what people write: {@code 256,512,256}, or {@code 3x256}. */
    static final class Converter implements ITypeConverter<LayerSizes> {

        @Override
        public LayerSizes convert(String text) {
            Matcher equal = EQUAL.matcher(text);
            if (equal.matches()) {
                return new LayerSizes(
                        Collections.nCopies(
                                Integer.parseInt(equal.group(1)), Integer.valueOf(equal.group(2))));
            }
            if (LIST.matcher(text).matches()) {
                return new LayerSizes(
                        Arrays.stream(text.split(",", -1)).map(Integer::valueOf).toList());
            }
            throw new TypeConversionException(
                    "'%s' is no list of layer sizes like 256,256,256 or 3x256".formatted(text));
        }
    }
}
