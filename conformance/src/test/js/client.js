// kafkajs behind the four verbs that every client of the conformance tests has. One JSON document a line, in and out:
//
//   client.js produce BOOTSTRAP TOPIC COMPRESSION ACKS     records from standard input, until it ends
//   client.js consume BOOTSTRAP TOPIC earliest|latest N    prints N records
//   client.js member  BOOTSTRAP TOPIC GROUP CLIENT-ID N    prints records and commits them; N = 0: for ever
//   client.js admin   BOOTSTRAP TOPIC GROUP                makes and deletes TOPIC, deletes GROUP, prints what it saw
const readline = require('node:readline');
const { randomUUID } = require('node:crypto');
const { Kafka, ConfigResourceTypes, logLevel } = require('kafkajs');
const { codecOf } = require('./codecs');

const [verb, bootstrap, topic, ...rest] = process.argv.slice(2);
const connection = { clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.ERROR };
const kafka = new Kafka(connection);
const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
const text = (bytes) => (bytes === null ? null : bytes.toString());

async function produce(compression, acks) {
  const messages = [];
  for await (const line of readline.createInterface({ input: process.stdin })) messages.push({ ...JSON.parse(line), partition: 0 });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages, acks: acks === 'all' ? -1 : Number(acks), compression: codecOf[compression] });
  await producer.disconnect();
}

function received({ partition, message }) {
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, text(value)]));
  return { partition, offset: Number(message.offset), key: text(message.key), value: text(message.value), headers };
}

// Every consumer of kafkajs is a member of a group, and commits after each record when the threshold is 1.
async function member(groupId, clientId, fromBeginning, count) {
  const consumer = new Kafka({ ...connection, clientId }).consumer({
    groupId,
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    rebalanceTimeout: 6000,
    maxWaitTimeInMs: 200,
  });
  let left = Number(count) || Infinity;
  const leave = async () => {
    await consumer.disconnect();
    process.exit(0);
  };
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning });
  await consumer.run({
    autoCommit: false,
    eachMessage: async (delivery) => {
      if (left <= 0) return;
      left -= 1;
      const offset = (BigInt(delivery.message.offset) + 1n).toString();
      await consumer.commitOffsets([{ topic, partition: delivery.partition, offset }]);
      print(received(delivery));
      if (left === 0) setImmediate(leave);
    },
  });
}

async function admin(groupId) {
  const client = kafka.admin();
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  const partitions = async () => (await client.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length;
  const listed = async () => (await client.listTopics()).includes(topic);
  const retention = async () => {
    const { resources } = await client.describeConfigs({
      resources: [{ ...resource, configNames: ['retention.ms'] }],
      includeSynonyms: false,
    });
    return resources[0].configEntries[0].configValue;
  };
  await client.connect();
  await client.createTopics({
    topics: [{ topic, numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '111000' }] }],
  });
  print({ listed: await listed() });
  print({ partitions: await partitions() });
  print({ retention: await retention() });
  await client.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '222000' }] }],
  });
  print({ retention: await retention() });
  await client.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
  print({ partitions: await partitions() });
  const { groups } = await client.listGroups();
  print({ groupListed: groups.some((group) => group.groupId === groupId) });
  print({ groupState: (await client.describeGroups([groupId])).groups[0].state });
  const [{ partitions: committed }] = await client.fetchOffsets({ groupId });
  print({ committed: committed.map(({ offset }) => Number(offset)) });
  await client.deleteGroups([groupId]);
  print({ groupListed: (await client.listGroups()).groups.some((group) => group.groupId === groupId) });
  await client.deleteTopics({ topics: [topic] });
  print({ listed: await listed() });
  await client.disconnect();
}

const verbs = {
  produce,
  consume: (from, count) => member(`kafkajs-${randomUUID()}`, 'kafkajs', from === 'earliest', count),
  member: (group, clientId, count) => member(group, clientId, true, count),
  admin,
};
verbs[verb](...rest).catch((failure) => {
  console.error(failure);
  process.exit(1);
});
