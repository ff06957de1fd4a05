package dev.klamm.broker.api;

import dev.klamm.broker.group.GroupCoordinator;
import dev.klamm.broker.topic.Feature;
import dev.klamm.broker.topic.Topics;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ConsumerGroupDescribe, versions 0 and 1 (KIP-848): groups of the new protocol; any other is GROUP_ID_NOT_FOUND. There is no
 * authorization yet: every operation is allowed.
 */
public final class ConsumerGroupDescribeApi implements Api<ConsumerGroupDescribeRequestData> {
    private final GroupCoordinator coordinator;
    private final Topics topics;

    public ConsumerGroupDescribeApi(GroupCoordinator coordinator, Topics topics) {
        this.coordinator = coordinator;
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.CONSUMER_GROUP_DESCRIBE;
    }

    @Override
    public Answer handle(ConsumerGroupDescribeRequestData request, RequestContext context) throws InterruptedException {
        var response = new ConsumerGroupDescribeResponseData();
        for (String groupId : request.groupIds()) {
            DescribedGroup group = described(groupId);
            if (request.includeAuthorizedOperations() && group.errorCode() == Errors.NONE.code()) {
                group.setAuthorizedOperations(AuthorizedOperations.OF_GROUP);
            }
            response.groups().add(group);
        }
        return new Answer.Now(response);
    }

    private DescribedGroup described(String groupId) throws InterruptedException {
        return topics.features().level(Feature.GROUP) > 0
                ? coordinator.describeConsumerGroup(groupId)
                : new DescribedGroup()
                        .setGroupId(groupId)
                        .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
                        .setErrorMessage(Errors.UNSUPPORTED_VERSION.message());
    }
}
