package dev.klamm.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Rows of one kind, as a table for people or as an object a line for programs. */
final class Listing {
    private final Console console;
    private final DumpRange range;
    private final List<String> names;
    private final @Nullable LongTable table;

    /** @param names of the columns, as they are in JSON; the table has them in capitals, their words parted */
    Listing(Console console, boolean isJson, DumpRange range, String... names) {
        this.console = console;
        this.range = range;
        this.names = List.of(names);
        this.table = isJson ? null : new LongTable(console, heading(this.names));
    }

    private static String[] heading(List<String> names) {
        return names.stream()
                .map(name -> name.replaceAll("([A-Z])", " $1").toUpperCase(Locale.ROOT))
                .toArray(String[]::new);
    }

    /** Shows the row if its last offset is in the range. A cell that is null is not known. */
    void row(long lastOffset, @Nullable Object... cells) {
        if (!range.admits(lastOffset)) {
            return;
        }
        range.count();
        if (table != null) {
            table.row(Arrays.stream(cells).map(it -> it == null ? "-" : it).toArray());
            return;
        }
        List<@Nullable Object> namesAndValues = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            namesAndValues.add(names.get(i));
            namesAndValues.add(cells[i]);
        }
        Json.printLine(console.out(), Json.object(namesAndValues.toArray()));
    }

    void end() {
        if (table != null) {
            table.end();
        }
    }
}
