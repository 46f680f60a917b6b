// A source that a test can send from, and an end of a flow that a test can see.
const { probeDesk } = require('./probe-desk');

module.exports = function (RED) {
  probeDesk.RED = RED;

  RED.nodes.registerType('probe-source', function (definition) {
    RED.nodes.createNode(this, definition);
    probeDesk.sources.set(this.id, this);
    this.on('close', () => probeDesk.sources.delete(this.id));
  });

  RED.nodes.registerType('probe-effect', function (definition) {
    RED.nodes.createNode(this, definition);
    const answer = (message, send, done) => {
      probeDesk.effect(message.run ?? definition.run);
      send(message);
      done();
    };
    // The last step takes its time, so that a flow which is let go too soon is seen to end before it.
    const wait = definition.wait ?? 20;
    this.on('input', (message, send, done) => {
      if (wait === 0) answer(message, send, done);
      else setTimeout(answer, wait, message, send, done);
    });
  });
};
