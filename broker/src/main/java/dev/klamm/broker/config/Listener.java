package dev.klamm.broker.config;

import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address to listen on, or to tell clients.
 *
 * @param name in capitals, such as PLAINTEXT
 * @param host empty: every address of this machine
 * @param port 0: any free one
 */
public record Listener(String name, String host, int port) {
    private static final Pattern URI = Pattern.compile("([^:/]+)://\\[?([0-9a-zA-Z\\-%._:]*?)]?:([0-9]+)");

    /** Reads {@code NAME://HOST:PORT}; an IPv6 address stands in brackets. */
    static Listener parse(String setting, String uri) {
        Matcher matcher = URI.matcher(uri.trim());
        if (!matcher.matches()) {
            throw new InvalidSettingException(
                    setting + ": \"" + uri.trim() + "\" is no address like PLAINTEXT://localhost:9092");
        }
        int port = parsePort(setting, matcher.group(3));
        return new Listener(matcher.group(1).toUpperCase(Locale.ROOT), matcher.group(2), port);
    }

    private static int parsePort(String setting, String text) {
        int port = text.length() > 5 ? -1 : Integer.parseInt(text);
        if (port < 0 || port > 65535) {
            throw new InvalidSettingException(setting + ": there is no port " + text + ", they go from 0 to 65535");
        }
        return port;
    }

    /** To be bound to. An unknown host gives an address that is {@link InetSocketAddress#isUnresolved}. */
    public InetSocketAddress bindAddress() {
        return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return name + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
