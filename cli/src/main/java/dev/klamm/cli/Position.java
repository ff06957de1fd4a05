package dev.klamm.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A place in a partition, as people say it. */
sealed interface Position {

    /** The first record that is kept. */
    record Beginning() implements Position {}

    /** Behind the last record. */
    record End() implements Position {}

    record Offset(long offset) implements Position {}

    /** The first record that is not older. */
    record Time(Instant instant) implements Position {}

    /**
     * Reads {@code beginning} or {@code earliest}, {@code end} or {@code latest}, an offset, {@code -10m} (also s, h, d:
     * that long ago), or a time in ISO form; a time without a zone is meant in {@code zone}.
     *
     * @return null if the text is none of them
     */
    static @Nullable Position parse(String text, Instant now, ZoneId zone) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "beginning", "earliest" -> new Beginning();
            case "end", "latest" -> new End();
            case String number when number.matches("\\d{1,18}") -> new Offset(Long.parseLong(number));
            case String ago when AGO.matcher(ago).matches() -> new Time(now.minus(duration(ago.substring(1))));
            default -> instant(text, zone);
        };
    }

    Pattern AGO = Pattern.compile("-\\d{1,9}[smhd]");

    private static Duration duration(String text) {
        long amount = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(amount);
            case 'm' -> Duration.ofMinutes(amount);
            case 'h' -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static @Nullable Position instant(String text, ZoneId zone) {
        String iso = text.replace(' ', 'T');
        Stream<Function<String, Instant>> forms = Stream.of(
                it -> ZonedDateTime.parse(it).toInstant(),
                it -> LocalDateTime.parse(it).atZone(zone).toInstant(),
                it -> LocalDate.parse(it).atStartOfDay(zone).toInstant());
        return forms.map(form -> parsed(iso, form))
                .flatMap(Stream::ofNullable)
                .map(Time::new)
                .findFirst()
                .orElse(null);
    }

    private static @Nullable Instant parsed(String text, Function<String, Instant> form) {
        try {
            return form.apply(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** For options. */
    final class Converter implements ITypeConverter<Position> {
        @Override
        public Position convert(String text) {
            Position position = parse(text, Instant.now(), ZoneId.systemDefault());
            if (position == null) {
                throw new TypeConversionException(
                        "'" + text + "' is no position: it is beginning, end, an offset, a time"
                                + " like 2026-11-20T14:30, or -10m for ten minutes ago");
            }
            return position;
        }
    }
}
