package dev.klamm.cli;

import java.util.ArrayList;
import java.util.List;

/** Text that fits a width. */
final class Paragraph {

    private Paragraph() {}

    /** Lines of at most {@code width} characters, broken between words; a longer word has a line of its own. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        var line = new StringBuilder();
        for (String word : text.strip().split("\\s+", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
