"""librdkafka's transactions, by its Python binding. Prints one JSON document a line:

    transactions.py transact  BOOTSTRAP TOPIC ID             commits three records, aborts three, commits three
    transactions.py process   BOOTSTRAP IN OUT GROUP ID END  reads N records as a member of GROUP, writes each in capitals
                        N     to OUT and commits its offset, in one transaction that it ends as END says: commit or abort
    transactions.py fence     BOOTSTRAP TOPIC ID             a second producer of the id, while the first has one open
    transactions.py committed BOOTSTRAP TOPIC N              prints the N first records that read_committed shows
"""

import json
import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

SECONDS = 30


def print_json(document):
    print(json.dumps(document), flush=True)


def producer_of(bootstrap, transactional_id):
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": transactional_id})
    producer.init_transactions(SECONDS)
    return producer


def consumer_of(bootstrap, group):
    return Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "session.timeout.ms": 6000,
    })


def send(producer, topic, prefix):
    for number in range(3):
        producer.produce(topic, f"{prefix} {number}", partition=0)
    producer.flush(SECONDS)


def transact(bootstrap, topic, transactional_id):
    producer = producer_of(bootstrap, transactional_id)
    for prefix, end in ("first", "commit"), ("second", "abort"), ("third", "commit"):
        producer.begin_transaction()
        send(producer, topic, prefix)
        if end == "commit":
            producer.commit_transaction(SECONDS)
        else:
            producer.abort_transaction(SECONDS)
        print_json({"ended": end})


def next_records(consumer, count):
    records = []
    while len(records) < count:
        record = consumer.poll(1)
        if record is not None:
            if record.error():
                raise KafkaException(record.error())
            records.append(record)
    return records


def process(bootstrap, source, target, group, transactional_id, end, count):
    producer = producer_of(bootstrap, transactional_id)
    consumer = consumer_of(bootstrap, group)
    consumer.subscribe([source])
    records = next_records(consumer, int(count))
    producer.begin_transaction()
    for record in records:
        producer.produce(target, record.value().decode().upper(), partition=0)
    positions = [TopicPartition(source, 0, records[-1].offset() + 1)]
    producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), SECONDS)
    if end == "commit":
        producer.commit_transaction(SECONDS)
    else:
        producer.abort_transaction(SECONDS)
    consumer.close()
    print_json({"ended": end, "from": records[0].offset()})


def fence(bootstrap, topic, transactional_id):
    first = producer_of(bootstrap, transactional_id)
    first.begin_transaction()
    send(first, topic, "of the first")
    second = producer_of(bootstrap, transactional_id)
    second.begin_transaction()
    send(second, topic, "of the second")
    second.commit_transaction(SECONDS)
    try:
        first.commit_transaction(SECONDS)
        print_json({"first": "commits"})
    except KafkaException as refused:
        print_json({"first": "fenced" if refused.args[0].fatal() else str(refused)})


def committed(bootstrap, topic, count):
    consumer = consumer_of(bootstrap, "nobody")
    consumer.assign([TopicPartition(topic, 0, 0)])
    for record in next_records(consumer, int(count)):
        print_json({"partition": 0, "offset": record.offset(), "value": record.value().decode(), "headers": {}})
    consumer.close()


verb, *arguments = sys.argv[1:]
{"transact": transact, "process": process, "fence": fence, "committed": committed}[verb](*arguments)
