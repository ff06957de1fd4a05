package dev.klamm.cli;

import static dev.klamm.cli.Cluster.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** Settings to give and settings to take back, all or nothing. */
record SettingsChange(Map<String, String> set, List<String> unset) {

    boolean isEmpty() {
        return set.isEmpty() && unset.isEmpty();
    }

    void apply(Admin admin, ConfigResource resource) {
        if (!isEmpty()) {
            await(admin.incrementalAlterConfigs(Map.of(resource, operations())).all());
        }
    }

    private List<AlterConfigOp> operations() {
        List<AlterConfigOp> operations = new ArrayList<>();
        set.forEach((key, value) -> operations.add(new AlterConfigOp(new ConfigEntry(key, value), OpType.SET)));
        unset.forEach(key -> operations.add(new AlterConfigOp(new ConfigEntry(key, ""), OpType.DELETE)));
        return operations;
    }
}
