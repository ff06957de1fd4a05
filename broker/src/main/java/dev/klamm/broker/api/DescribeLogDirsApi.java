package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topic;
import dev.klamm.broker.topic.Topics;
import dev.klamm.log.PartitionLog;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeLogDirs, versions 1 to 5. There is one log directory, and no replica is ever moved to another. */
public final class DescribeLogDirsApi implements Api<DescribeLogDirsRequestData> {
    private final Topics topics;

    public DescribeLogDirsApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_LOG_DIRS;
    }

    @Override
    public Answer handle(DescribeLogDirsRequestData request, RequestContext context) {
        return new Answer.Now(new DescribeLogDirsResponseData().setResults(List.of(described(request))));
    }

    private DescribeLogDirsResult described(DescribeLogDirsRequestData request) {
        var directory = new DescribeLogDirsResult()
                .setLogDir(topics.directory().toAbsolutePath().toString());
        try {
            FileStore disk = Files.getFileStore(topics.directory());
            directory.setTotalBytes(bounded(disk.getTotalSpace())).setUsableBytes(bounded(disk.getUsableSpace()));
        } catch (IOException e) {
            return directory.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
        }
        // Null stands for every partition.
        if (request.topics() == null) {
            topics.all().forEach(topic -> add(directory, topic, allOf(topic)));
        } else {
            for (DescribableLogDirTopic wanted : request.topics()) {
                topics.byName(wanted.topic()).ifPresent(topic -> add(directory, topic, wanted.partitions()));
            }
        }
        return directory;
    }

    /** A file system of more than 8 EiB wraps around to a negative number. */
    private static long bounded(long bytes) {
        return bytes < 0 ? Long.MAX_VALUE : bytes;
    }

    private static List<Integer> allOf(Topic topic) {
        return IntStream.range(0, topic.partitionCount()).boxed().toList();
    }

    private void add(DescribeLogDirsResult directory, Topic topic, Collection<Integer> partitions) {
        var answer = new DescribeLogDirsTopic().setName(topic.name());
        for (int partition : partitions) {
            topics.log(topic.id(), partition)
                    .map(PartitionLog::sizeBytes)
                    .ifPresent(bytes -> answer.partitions()
                            .add(new DescribeLogDirsPartition()
                                    .setPartitionIndex(partition)
                                    .setPartitionSize(bytes)));
        }
        if (!answer.partitions().isEmpty()) {
            directory.topics().add(answer);
        }
    }
}
