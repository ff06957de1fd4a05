package dev.klamm.cli;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which column of a TLC trip file holds what. The files come with two styles of header: {@code VendorID,
 * tpep_pickup_datetime, PULocationID ...} as the TLC publishes them, and {@code vendor_id, pickup_datetime,
 * pickup_location_id ...}; the order may be any.
 */
final class TripColumns {

    private static final int ABSENT = -1;

    private final int count;
    private final int vendor;
    private final int pickup;
    private final int dropoff;
    private final int passengers;
    private final int distance;
    private final int pickupZone;
    private final int dropoffZone;
    private final int fare;
    private final int tip;
    private final int total;

    /** @throws IOException if a column is missing that a ride can't be without; the message names it */
    TripColumns(String header) throws IOException {
        String[] names = header.replace("\uFEFF", "")
                .replace("\"", "")
                .toLowerCase(Locale.ROOT)
                .split(",", -1);
        Map<String, Integer> columns = new HashMap<>();
        for (int i = 0; i < names.length; i++) {
            columns.put(names[i].strip().replaceFirst("^[tl]pep_", ""), i);
        }
        count = names.length;
        pickup = required(columns, "pickup_datetime");
        dropoff = required(columns, "dropoff_datetime");
        pickupZone = required(columns, "pickup_location_id", "pulocationid");
        dropoffZone = required(columns, "dropoff_location_id", "dolocationid");
        vendor = column(columns, "vendor_id", "vendorid");
        passengers = column(columns, "passenger_count");
        distance = column(columns, "trip_distance");
        fare = column(columns, "fare_amount");
        tip = column(columns, "tip_amount");
        total = column(columns, "total_amount");
    }

    private static int required(Map<String, Integer> columns, String... names) throws IOException {
        int column = column(columns, names);
        if (column == ABSENT) {
            throw new IOException("its first line names no column " + String.join(" or ", names));
        }
        return column;
    }

    private static int column(Map<String, Integer> columns, String... names) {
        return List.of(names).stream()
                .filter(columns::containsKey)
                .findFirst()
                .map(columns::get)
                .orElse(ABSENT);
    }

    /** @throws IOException if it is no ride; the message says why */
    Ride ride(String line) throws IOException {
        String[] cells = line.split(",", -1);
        if (cells.length != count) {
            throw new IOException("it has " + cells.length + " columns instead of " + count);
        }
        return new Ride(
                integer(cells, vendor),
                time(cells, pickup),
                time(cells, dropoff),
                integer(cells, passengers),
                decimal(cells, distance),
                zone(cells, pickupZone),
                zone(cells, dropoffZone),
                decimal(cells, fare),
                decimal(cells, tip),
                decimal(cells, total));
    }

    private static String cell(String[] cells, int column) {
        String cell = column == ABSENT ? "" : cells[column].strip();
        boolean isQuoted = cell.length() >= 2 && cell.startsWith("\"") && cell.endsWith("\"");
        return isQuoted ? cell.substring(1, cell.length() - 1) : cell;
    }

    private static LocalDateTime time(String[] cells, int column) throws IOException {
        try {
            return LocalDateTime.parse(cell(cells, column).replace('T', ' '), Ride.TIME);
        } catch (DateTimeException e) {
            throw new IOException("'" + cell(cells, column) + "' is no time like 2020-01-31 23:59:59");
        }
    }

    private static int zone(String[] cells, int column) throws IOException {
        Integer zone = integer(cells, column);
        if (zone == null || zone < 1 || zone > RideTally.MAX_ZONE) {
            throw new IOException("'" + cell(cells, column) + "' is no zone (1 to " + RideTally.MAX_ZONE + ")");
        }
        return zone;
    }

    /** Null for an empty cell; some files write whole numbers as 1.0. */
    private static @Nullable Integer integer(String[] cells, int column) throws IOException {
        String cell = cell(cells, column).replaceFirst("\\.0+$", "");
        try {
            return cell.isEmpty() ? null : Integer.valueOf(cell);
        } catch (NumberFormatException e) {
            throw new IOException("'" + cell + "' is no whole number");
        }
    }

    /** 0 for an empty cell. */
    private static double decimal(String[] cells, int column) throws IOException {
        String cell = cell(cells, column);
        try {
            double number = cell.isEmpty() ? 0 : Double.parseDouble(cell);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IOException("'" + cell + "' is no number");
        }
        throw new IOException("'" + cell + "' is no number");
    }
}
