package dev.klamm.broker.api;

import dev.klamm.broker.topic.Topics;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeCluster, versions 0 to 2. The cluster is this node. */
public final class DescribeClusterApi implements Api<DescribeClusterRequestData> {
    /** Endpoint types (KIP-919): a client may mean to speak to brokers or to controllers. */
    private static final byte BROKERS = 1;

    private static final byte CONTROLLERS = 2;

    private final Topics topics;

    public DescribeClusterApi(Topics topics) {
        this.topics = topics;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public Answer handle(DescribeClusterRequestData request, RequestContext context) {
        if (request.endpointType() != BROKERS) {
            return new Answer.Now(misdirected(request.endpointType(), context.apiVersion()));
        }
        var response = new DescribeClusterResponseData()
                .setEndpointType(BROKERS)
                .setClusterId(topics.clusterId())
                .setControllerId(topics.nodeId());
        if (request.includeClusterAuthorizedOperations()) {
            response.setClusterAuthorizedOperations(AuthorizedOperations.OF_CLUSTER);
        }
        response.brokers()
                .add(new DescribeClusterBroker()
                        .setBrokerId(topics.nodeId())
                        .setHost(context.advertised().getHostString())
                        .setPort(context.advertised().getPort()));
        return new Answer.Now(response);
    }

    private static DescribeClusterResponseData misdirected(byte endpointType, short version) {
        boolean known = endpointType == CONTROLLERS;
        Errors error = known ? Errors.MISMATCHED_ENDPOINT_TYPE : Errors.UNSUPPORTED_ENDPOINT_TYPE;
        String message = known
                ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                : "Unsupported endpoint type " + endpointType;
        return new DescribeClusterResponseData()
                .setErrorCode(version == 0 ? Errors.INVALID_REQUEST.code() : error.code())
                .setErrorMessage(message);
    }
}
