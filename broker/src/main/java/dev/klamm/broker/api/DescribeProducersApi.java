package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import dev.klamm.log.PartitionLog;
import dev.klamm.log.PartitionLog.ActiveProducer;
import java.util.Optional;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeProducers, version 0: the idempotent producers that a partition remembers (KIP-664). */
public final class DescribeProducersApi implements Api<DescribeProducersRequestData> {
    private final Topics topics;

    public DescribeProducersApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_PRODUCERS;
    }

    @Override
    public Answer handle(DescribeProducersRequestData request, RequestContext context) {
        var response = new DescribeProducersResponseData();
        for (TopicRequest topic : request.topics()) {
            var topicResponse = new TopicResponse().setName(topic.name());
            for (int partition : topic.partitionIndexes()) {
                topicResponse.partitions().add(describe(topic.name(), partition).setPartitionIndex(partition));
            }
            response.topics().add(topicResponse);
        }
        return new Answer.Now(response);
    }

    private PartitionResponse describe(String topic, int partition) {
        try {
            Topic.validate(topic);
        } catch (InvalidTopicException e) {
            return new PartitionResponse()
                    .setErrorCode(Errors.INVALID_TOPIC_EXCEPTION.code())
                    .setErrorMessage(e.getMessage());
        }
        Optional<PartitionLog> log = topics.log(topic, partition);
        if (log.isEmpty()) {
            return new PartitionResponse().setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
        var response = new PartitionResponse();
        for (ActiveProducer producer : log.get().activeProducers()) {
            response.activeProducers().add(stateOf(producer));
        }
        return response;
    }

    private static ProducerState stateOf(ActiveProducer producer) {
        return new ProducerState()
                .setProducerId(producer.producerId())
                .setProducerEpoch(producer.producerEpoch())
                .setLastSequence(producer.lastSequence())
                .setLastTimestamp(producer.lastTimestampMs())
                .setCoordinatorEpoch(producer.coordinatorEpoch())
                .setCurrentTxnStartOffset(producer.currentTxnStartOffset());
    }
}
