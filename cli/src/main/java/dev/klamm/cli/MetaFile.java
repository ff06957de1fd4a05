package dev.klamm.cli;

import dev.klamm.log.Finding;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** {@code meta.properties}: which cluster and which node a data directory belongs to. */
record MetaFile(Path directory) {
    private static final String NAME = "meta.properties";

    List<Finding> check() throws IOException {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return List.of(finding("is missing"));
        }
        var properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(file)));
        } catch (IllegalArgumentException | java.nio.charset.CharacterCodingException e) {
            return List.of(finding("is garbled"));
        }
        String nodeId = properties.getProperty("node.id", "");
        boolean isGood = "1".equals(properties.getProperty("version"))
                && !properties.getProperty("cluster.id", "").isBlank()
                && nodeId.matches("\\d{1,9}");
        return isGood ? List.of() : List.of(finding("lacks version=1, cluster.id or node.id"));
    }

    private static Finding finding(String what) {
        return new Finding(
                Finding.Kind.DAMAGE, null, -1, -1, NAME, what, "write it anew with the cluster's id, or copy it back");
    }
}
