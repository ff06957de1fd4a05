package dev.klamm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Keys and values as one piece of a line: text if they are text, else hexadecimal digits; a dash for null. */
final class BytesText {
    private static final String CUT = "…";

    private BytesText() {}

    /** @param width at most so many characters; what is cut off is marked by … */
    static String of(@Nullable ByteBuffer bytes, int width) {
        if (bytes == null) {
            return "-";
        }
        String text = text(bytes);
        return cut(text == null ? hex(bytes, width) : escaped(text, width), width);
    }

    static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - CUT.length()) + CUT;
    }

    /** Null if the bytes are no UTF-8, or hold control characters that no text has. */
    private static @Nullable String text(ByteBuffer bytes) {
        try {
            String text = UTF_8.newDecoder().decode(bytes.duplicate()).toString();
            boolean isText = text.chars().allMatch(it -> !Character.isISOControl(it) || "\t\n\r".indexOf(it) >= 0);
            return isText ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static String escaped(String text, int width) {
        String shown = text.length() <= width ? text : text.substring(0, width + 1);
        return shown.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }

    private static String hex(ByteBuffer bytes, int width) {
        byte[] shown = new byte[Math.min(bytes.remaining(), width)];
        bytes.duplicate().get(shown);
        return "0x" + HexFormat.of().formatHex(shown);
    }
}
