package dev.klamm.broker.group;

import org.apache.kafka.common.protocol.Errors;

/** Why a request is not done, with words for the one who sent it. */
record Refusal(Errors error, String message) {}
