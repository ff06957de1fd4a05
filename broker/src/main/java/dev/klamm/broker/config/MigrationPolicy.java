package dev.klamm.broker.config;

/** Whether a group with members may change its protocol: {@code group.consumer.migration.policy}. An empty group always may. */
public enum MigrationPolicy {
    BIDIRECTIONAL(true, true),
    /** From the classic to the consumer protocol. */
    UPGRADE(true, false),
    /** From the consumer to the classic protocol. */
    DOWNGRADE(false, true),
    DISABLED(false, false);

    private final boolean mayUpgrade;
    private final boolean mayDowngrade;

    MigrationPolicy(boolean mayUpgrade, boolean mayDowngrade) {
        this.mayUpgrade = mayUpgrade;
        this.mayDowngrade = mayDowngrade;
    }

    public boolean mayUpgrade() {
        return mayUpgrade;
    }

    public boolean mayDowngrade() {
        return mayDowngrade;
    }
}
