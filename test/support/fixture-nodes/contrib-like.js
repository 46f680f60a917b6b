// Nodes with the habits of nodes that are found in the wild: each type has one.
const { probeDesk } = require('./probe-desk');

const runOf = (definition, message) => message.run ?? definition.run;
const renewed = (definition, message) => ({ payload: 'new', run: runOf(definition, message) });

/** No tracker waits so long for a node that has said that it is done, however busy the machine. */
const longAfterMs = 4000;

/** Answers come from a loop that was started before any message, as with a pooled connection. */
const pool = [];
function servePool() {
  for (const answer of pool.splice(0)) answer();
}

const habits = {
  'contrib-new-object': (node, definition) => (message, send, done) => {
    setTimeout(() => {
      send(renewed(definition, message));
      done();
    }, 20);
  },

  'contrib-pooled': (node, definition) => (message, send, done) => {
    pool.push(() => {
      send(renewed(definition, message));
      done();
    });
  },

  'contrib-pooled-json': () => (message, send, done) => {
    pool.push(() => {
      send(JSON.parse(JSON.stringify(message)));
      done();
    });
  },

  'contrib-default-sink':
    (node, definition) =>
    (message, send, done = () => undefined) => {
      setTimeout(() => {
        probeDesk.effect(runOf(definition, message));
        done();
      }, 300);
    },

  'contrib-frozen': () => (message, send, done) => {
    send(Object.freeze({ ...message }));
    done();
  },

  'contrib-done-first': () => (message, send, done) => {
    done();
    send(message);
  },

  'contrib-done-twice': () => (message, send, done) => {
    send(message);
    done();
    done();
  },

  'contrib-early-done': () => (message, send, done) => {
    done();
    setTimeout(() => send(message), longAfterMs);
  },

  'contrib-default-done':
    (node) =>
    (message, send, done = () => undefined) => {
      node.send(message);
      done();
    },

  'contrib-legacy': (node, definition) => (message) => {
    if (definition.wait === undefined) node.send(message);
    else setTimeout(() => node.send(message), definition.wait);
  },

  'contrib-legacy-twice': (node) => (message) => {
    node.send(message);
    setTimeout(() => node.send({ ...message }), longAfterMs);
  },

  'contrib-legacy-drops': () => (message) => void message,

  'contrib-legacy-sink': (node, definition) => (message) => {
    setTimeout(() => probeDesk.effect(runOf(definition, message)), definition.wait);
  },

  'contrib-throws': () => (message, send, done) => {
    if (done) throw new Error('thrown in a handler');
  },

  'contrib-error-only': (node) => (message, send, done) => {
    if (done) node.error(new Error('reported without done'), message);
  },

  'contrib-fails': () => (message, send, done) => {
    done(Object.assign(new Error('the service said no'), { code: 'SERVICE_NO' }));
  },

  'contrib-slow': (node, definition) => (message, send, done) => {
    setTimeout(() => {
      send(message);
      done();
    }, definition.wait);
  },

  'contrib-slow-until-closing': () => (message, send, done) => {
    probeDesk.onClosing = () => {
      probeDesk.onClosing = () => undefined;
      // By then all that is to be closed is closing.
      setTimeout(() => {
        send(message);
        done();
      }, 20);
    };
  },

  /** Says done at once, and works on under a hold, as the pack's own nodes may. */
  'contrib-holds': (node) => (message, send, done) => {
    const release = probeDesk.tracker.hold(message, node);
    done();
    setTimeout(() => {
      send(message);
      release();
    }, 50);
  },

  'contrib-reply': () => (message, send, done) => {
    probeDesk.tracker.finishNow(message);
    send(message);
    done();
  },
};

module.exports = function (RED) {
  const loop = setInterval(servePool, 5);
  loop.unref();

  for (const [type, habit] of Object.entries(habits)) {
    RED.nodes.registerType(type, function (definition) {
      RED.nodes.createNode(this, definition);
      this.on('input', habit(this, definition));
      this.on('close', (done) => {
        probeDesk.onClosing();
        setTimeout(done, definition.closeWait ?? 0);
      });
    });
  }

  RED.nodes.registerType('contrib-two-handlers', function (definition) {
    RED.nodes.createNode(this, definition);
    this.on('input', (message, send, done) => {
      send(message);
      done();
    });
    this.on('input', (message, send, done) => setTimeout(done, 30));
  });
};
