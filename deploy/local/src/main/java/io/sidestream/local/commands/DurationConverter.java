package io.sidestream.local.commands;

import java.time.Duration;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads what people write, and Flink: {@code 500 ms}, {@code 2s}, {@code 1 min}. */
public final class DurationConverter implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String text) {
        try {
            Duration duration = TimeUtils.parseDuration(text);
            if (duration.compareTo(Duration.ofMillis(10)) >= 0) {
                return duration;
            }
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(
                    "'%s' is no time like 500 ms, 2 s or 1 min".formatted(text));
        }
        throw new TypeConversionException("'%s' is less than 10 ms".formatted(text));
    }
}
