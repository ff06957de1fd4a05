package dev.klamm.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A class of situations that are played on the broker under test and on Apache Kafka: once by the protocol of KIP-890, and
 * once by the older one, in which clients add each partition before they write to it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Comparison.Shared.class)
@ParameterizedClass(name = "transaction.version {0}")
@ValueSource(shorts = {2, 1})
@interface ComparedWithKafka {}
