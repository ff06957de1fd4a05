"""kafka-python behind the four verbs that every client of the conformance tests has. One JSON document a line, in and out:

    client.py produce BOOTSTRAP TOPIC COMPRESSION ACKS     records from standard input, until it ends
    client.py consume BOOTSTRAP TOPIC earliest|latest N    prints N records
    client.py member  BOOTSTRAP TOPIC GROUP CLIENT-ID N    prints records and commits them; N = 0: for ever
    client.py admin   BOOTSTRAP TOPIC GROUP                makes and deletes TOPIC, deletes GROUP, prints what it saw
"""

import json
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic


def print_json(document):
    print(json.dumps(document), flush=True)


def encoded(text):
    return None if text is None else text.encode()


def decoded(data):
    return None if data is None else data.decode()


def produce(bootstrap, topic, compression, acks):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type=None if compression == "none" else compression,
        acks=acks if acks == "all" else int(acks),
        linger_ms=50,
    )
    sent = []
    for line in sys.stdin:
        record = json.loads(line)
        headers = [(name, encoded(value)) for name, value in record["headers"].items()]
        sent.append(producer.send(topic, encoded(record["value"]), encoded(record["key"]), headers, partition=0))
    producer.flush()
    for future in sent:
        future.get(timeout=30)
    producer.close()


def print_record(record):
    print_json({
        "partition": record.partition,
        "offset": record.offset,
        "key": decoded(record.key),
        "value": decoded(record.value),
        "headers": {name: decoded(value) for name, value in record.headers},
    })


def consume(bootstrap, topic, reset, count):
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset=reset)
    for _ in range(int(count)):
        print_record(next(consumer))
    consumer.close()


def member(bootstrap, topic, group, client_id, count):
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        client_id=client_id,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
        max_poll_records=1,
    )
    consumer.subscribe([topic])
    left = int(count) or float("inf")
    while left > 0:
        for records in consumer.poll(timeout_ms=200).values():
            consumer.commit()
            left -= 1
            print_record(records[0])
    consumer.close()


def admin(bootstrap, topic, group):
    client = KafkaAdminClient(bootstrap_servers=bootstrap)

    def partitions():
        return len(client.describe_topics([topic])[0]["partitions"])

    def retention():
        response = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": None})])[0]
        return response.resources[0][4][0][1]

    def group_listed():
        return group in [name for name, _ in client.list_consumer_groups()]

    client.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "111000"})])
    print_json({"listed": topic in client.list_topics()})
    print_json({"partitions": partitions()})
    print_json({"retention": retention()})
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "222000"})])
    print_json({"retention": retention()})
    client.create_partitions({topic: NewPartitions(5)})
    print_json({"partitions": partitions()})
    print_json({"groupListed": group_listed()})
    print_json({"groupState": client.describe_consumer_groups([group])[0].state})
    print_json({"committed": [offset.offset for offset in client.list_consumer_group_offsets(group).values()]})
    client.delete_consumer_groups([group])
    print_json({"groupListed": group_listed()})
    client.delete_topics([topic])
    print_json({"listed": topic in client.list_topics()})
    client.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume, "member": member, "admin": admin}[sys.argv[1]](*sys.argv[2:])
