package dev.klamm.cli;

import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** When each ride is sent. */
sealed interface Pace {

    /** As fast as it goes. */
    record Max() implements Pace {}

    record PerSecond(double rides) implements Pace {}

    /** As the rides happened, so many times faster. */
    record RealTime(double times) implements Pace {}

    /**
     * Nanoseconds after the start at which a ride is due.
     *
     * @param index of the ride, from 0
     * @param first the pickup of the first ride
     */
    default long dueNanos(long index, LocalDateTime pickup, LocalDateTime first) {
        return switch (this) {
            case Max _ -> 0;
            case PerSecond(double rides) -> (long) (index * 1e9 / rides);
            case RealTime(double times) -> (long) (ChronoUnit.SECONDS.between(first, pickup) * 1e9 / times);
        };
    }

    Pattern FORM = Pattern.compile("(?<times>x\\d{1,9}(\\.\\d+)?)|(?<rides>\\d{1,9}(\\.\\d+)?)(/s)?");

    /** For options: {@code max}, {@code 500/s}, {@code x60}. */
    final class Converter implements ITypeConverter<Pace> {
        @Override
        public Pace convert(String text) {
            Matcher form = FORM.matcher(text);
            if (text.equals("max")) {
                return new Max();
            }
            if (form.matches()) {
                String times = form.group("times");
                double number = Double.parseDouble(times == null ? form.group("rides") : times.substring(1));
                if (number > 0) {
                    return times == null ? new PerSecond(number) : new RealTime(number);
                }
            }
            throw new TypeConversionException(
                    "'" + text + "' is no rate: it is max, 500/s, or x60 for 60 times real time");
        }
    }
}
