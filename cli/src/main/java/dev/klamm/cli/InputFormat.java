package dev.klamm.cli;

import java.io.IOException;
import org.apache.kafka.clients.producer.ProducerRecord;

/** How a line of input becomes a record. */
interface InputFormat {

    /** @throws IOException if the line is not of this format; the message says what is wrong with it */
    ProducerRecord<byte[], byte[]> record(byte[] line) throws IOException;
}
