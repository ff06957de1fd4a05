// kafkajs' transactions. Prints one JSON document a line:
//
//   transactions.js transact  BOOTSTRAP TOPIC ID             commits three records, aborts three, commits three
//   transactions.js process   BOOTSTRAP IN OUT GROUP ID END  reads N records as a member of GROUP, writes each in capitals
//                       N     to OUT and commits its offset, in one transaction that it ends as END says: commit or abort
//   transactions.js fence     BOOTSTRAP TOPIC ID             a second producer of the id, while the first has one open
//   transactions.js committed BOOTSTRAP TOPIC N              prints the N first records that read_committed shows
const { randomUUID } = require('node:crypto');
const { Kafka, logLevel } = require('kafkajs');

const [verb, bootstrap, ...rest] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.NOTHING });
const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);

async function producerOf(transactionalId) {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, retry: { retries: 3 } });
  await producer.connect();
  return producer;
}

const messages = (prefix) => [0, 1, 2].map((number) => ({ value: `${prefix} ${number}`, partition: 0 }));

async function transact(topic, id) {
  const producer = await producerOf(id);
  for (const [prefix, end] of [['first', 'commit'], ['second', 'abort'], ['third', 'commit']]) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: messages(prefix) });
    await transaction[end]();
    print({ ended: end });
  }
  await producer.disconnect();
}

// Hands the first records of a topic, as a member of the group sees them, to somebody; then leaves without a commit.
async function withRecords(topic, groupId, count, take) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  const records = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        if (records.length < count) records.push(message);
        if (records.length === count) resolve();
      },
    });
  });
  await take(records);
  await consumer.disconnect();
}

async function processRecords(source, target, groupId, id, end, count) {
  const producer = await producerOf(id);
  await withRecords(source, groupId, Number(count), async (records) => {
    const transaction = await producer.transaction();
    await transaction.send({
      topic: target,
      messages: records.map(({ value }) => ({ value: value.toString().toUpperCase(), partition: 0 })),
    });
    const offset = (BigInt(records[records.length - 1].offset) + 1n).toString();
    await transaction.sendOffsets({
      consumerGroupId: groupId,
      topics: [{ topic: source, partitions: [{ partition: 0, offset }] }],
    });
    await transaction[end]();
    print({ ended: end, from: Number(records[0].offset) });
  });
  await producer.disconnect();
}

async function fence(topic, id) {
  const first = await producerOf(id);
  const firstTransaction = await first.transaction();
  await firstTransaction.send({ topic, messages: messages('of the first') });
  const second = await producerOf(id);
  const secondTransaction = await second.transaction();
  await secondTransaction.send({ topic, messages: messages('of the second') });
  await secondTransaction.commit();
  try {
    await firstTransaction.commit();
    print({ first: 'commits' });
  } catch (refused) {
    const isFenced = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'].includes(refused.type);
    print({ first: isFenced ? 'fenced' : refused.message });
  }
  await second.disconnect();
}

const committed = (topic, count) =>
  withRecords(topic, `kafkajs-${randomUUID()}`, Number(count), async (records) => {
    records.forEach(({ offset, value }) => {
      print({ partition: 0, offset: Number(offset), value: value.toString(), headers: {} });
    });
  });

({ transact, process: processRecords, fence, committed })[verb](...rest).then(
  () => process.exit(0),
  (failure) => {
    console.error(failure);
    process.exit(1);
  },
);
