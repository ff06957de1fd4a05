package dev.klamm.conformance;

import java.util.List;

/** Apache Kafka's command-line tools, by the class that their scripts run. */
enum KafkaTool {
    TOPICS("org.apache.kafka.tools.TopicCommand"),
    CONFIGS("kafka.admin.ConfigCommand"),
    CONSUMER_GROUPS("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
    GROUPS("org.apache.kafka.tools.GroupsCommand"),
    FEATURES("org.apache.kafka.tools.FeatureCommand"),
    CONSOLE_PRODUCER("org.apache.kafka.tools.ConsoleProducer"),
    CONSOLE_CONSUMER("org.apache.kafka.tools.consumer.ConsoleConsumer"),
    GET_OFFSETS("org.apache.kafka.tools.GetOffsetShell"),
    PRODUCER_PERFORMANCE("org.apache.kafka.tools.ProducerPerformance"),
    CONSUMER_PERFORMANCE("org.apache.kafka.tools.ConsumerPerformance"),
    BROKER_API_VERSIONS("org.apache.kafka.tools.BrokerApiVersionsCommand"),
    LOG_DIRS("org.apache.kafka.tools.LogDirsCommand"),
    DELETE_RECORDS("org.apache.kafka.tools.DeleteRecordsCommand"),
    TRANSACTIONS("org.apache.kafka.tools.TransactionsCommand"),
    DUMP_LOG("org.apache.kafka.tools.DumpLogSegments");

    private static final List<String> FLAGS = List.of("-XX:TieredStopAtLevel=1");

    private final String mainClass;

    KafkaTool(String mainClass) {
        this.mainClass = mainClass;
    }

    Program start(String... arguments) {
        String classPath = System.getProperty("java.class.path");
        return Program.start(Program.javaCommand(classPath, FLAGS, mainClass, List.of(arguments)));
    }

    /** Its standard output; the test fails unless the tool ends with exit status 0. */
    List<String> run(String... arguments) {
        return start(arguments).awaitSuccess();
    }
}
