package dev.klamm.broker.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads the settings about listeners, which only make sense together. */
final class Listeners {
    private final Set<String> controllerNames;
    private final Map<String, String> protocols;
    private final List<Listener> bound;
    private final Map<String, Listener> advertised = new HashMap<>();

    Listeners(String listeners, String advertisedListeners, String controllerListenerNames, String protocolMap) {
        controllerNames = new HashSet<>(entries(controllerListenerNames.toUpperCase(Locale.ROOT)));
        protocols = protocols(protocolMap);
        bound = bound(listeners);
        for (String uri : entries(advertisedListeners)) {
            Listener listener = Listener.parse("advertised.listeners", uri);
            if (!controllerNames.contains(listener.name())) {
                advertised.put(listener.name(), requireUseful(listener));
            }
        }
    }

    /** Those to be opened, in the order given. */
    List<Listener> bound() {
        return List.copyOf(bound);
    }

    /** By the listener's name. */
    Map<String, Listener> advertised() {
        return Map.copyOf(advertised);
    }

    private List<Listener> bound(String listeners) {
        var found = new ArrayList<Listener>();
        for (String uri : entries(listeners)) {
            Listener listener = Listener.parse("listeners", uri);
            if (!controllerNames.contains(listener.name())) {
                requireServed(listener);
                requireDistinct(listener, found);
                found.add(listener);
            }
        }
        if (found.isEmpty()) {
            throw new InvalidSettingException(
                    "listeners: there must be one at least for clients, such as PLAINTEXT://:9092.");
        }
        return found;
    }

    private void requireServed(Listener listener) {
        String protocol = protocols.get(listener.name());
        if (protocol == null) {
            throw new InvalidSettingException("listeners: listener.security.protocol.map does not say which protocol "
                    + listener.name() + " speaks.");
        }
        if (!protocol.equals("PLAINTEXT")) {
            throw new InvalidSettingException(
                    "listeners: " + listener + " would speak " + protocol + ", and Klamm serves PLAINTEXT only.");
        }
    }

    private static void requireDistinct(Listener listener, List<Listener> others) {
        for (Listener other : others) {
            boolean samePlace = other.port() == listener.port() && other.host().equals(listener.host());
            if (other.name().equals(listener.name()) || (samePlace && listener.port() != 0)) {
                throw new InvalidSettingException(
                        "listeners: " + other + " and " + listener + " are in each other's way.");
            }
        }
    }

    private Listener requireUseful(Listener listener) {
        if (bound.stream().noneMatch(other -> other.name().equals(listener.name()))) {
            throw new InvalidSettingException("advertised.listeners: " + listener + " is not among the listeners.");
        }
        if (listener.host().equals("0.0.0.0")) {
            throw new InvalidSettingException(
                    "advertised.listeners: no client can connect to 0.0.0.0; name this machine.");
        }
        return listener;
    }

    private static Map<String, String> protocols(String map) {
        var protocols = new HashMap<String, String>();
        for (String entry : entries(map)) {
            int colon = entry.indexOf(':');
            if (colon < 1) {
                throw new InvalidSettingException(
                        "listener.security.protocol.map: \"" + entry + "\" is not of the form NAME:PROTOCOL.");
            }
            protocols.put(
                    entry.substring(0, colon).trim().toUpperCase(Locale.ROOT),
                    entry.substring(colon + 1).trim().toUpperCase(Locale.ROOT));
        }
        return protocols;
    }

    private static List<String> entries(String list) {
        var entries = new ArrayList<String>();
        for (String entry : list.split(",", -1)) {
            if (!entry.isBlank()) {
                entries.add(entry.trim());
            }
        }
        return entries;
    }
}
