// The sections of the Bitlane sidebar: each turns what the server told into one element.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});

  function troubleNote(t, trouble, nodeType) {
    return trouble && panel.drawing.note(panel.drawing.sentence(t, trouble, nodeType), true);
  }

  /** The state in words. */
  function word(t, state) {
    return panel.drawing.find(t, 'panel.state.' + state) || t('bitlane.status.' + state);
  }

  function silentRows(t, snapshot, kinds) {
    return snapshot.silent
      .filter(function (part) {
        return kinds.includes(part.kind);
      })
      .map(function (part) {
        return panel.drawing.row({
          state: 'failed',
          name: panel.drawing.nodeName('silent', part.id, part.name || t('panel.part.' + part.kind)),
          aside: t('panel.state.silent'),
          notes: [troubleNote(t, part.trouble)],
        });
      });
  }

  function health(t, snapshot) {
    var draw = panel.drawing;
    var problems = snapshot.problems.map(function (problem) {
      var name = problem.name || t('panel.part.' + problem.kind);
      return draw.make('li', '', [
        draw.make('div', '', [
          t('panel.problem.' + problem.code),
          ' ',
          draw.nodeName('problem-' + problem.code, problem.id, name),
        ]),
        troubleNote(t, problem.trouble),
      ]);
    });
    var waiting = waitingLines(t, snapshot);
    var isFine = snapshot.status === 'ok' && waiting.length === 0;
    var icon = draw.make('i', 'fa ' + (isFine ? 'fa-check-circle' : 'fa-exclamation-triangle'));
    icon.setAttribute('aria-hidden', 'true');
    var isWell = snapshot.status === 'ok';
    var line = draw.make('p', isWell ? '' : 'bitlane-panel-trouble', [
      icon,
      ' ',
      t(isWell && !isFine ? 'panel.health.waiting' : 'panel.health.' + snapshot.status),
    ]);
    var lines = problems.concat(
      waiting.map(function (text) {
        return draw.make('li', '', text);
      }),
    );
    return draw.make(
      'div',
      'bitlane-panel-health',
      [line, lines.length > 0 && draw.make('ul', '', lines)].filter(Boolean),
    );
  }

  /** What waits for a person is no fault of the pack, and still somebody should know. */
  function waitingLines(t, snapshot) {
    var sum = function (list, name) {
      return list.reduce(function (all, each) {
        return all + each[name];
      }, 0);
    };
    var halted = snapshot.cursors.filter(function (cursor) {
      return cursor.error;
    });
    return [
      ['panel.health.letters', sum(snapshot.stores, 'deadLetters')],
      ['panel.health.uploads', sum(snapshot.uploads, 'count')],
      ['panel.health.rows', sum(snapshot.cursors, 'failed')],
      ['panel.health.halted', halted.length],
    ]
      .filter(function (line) {
        return line[1] > 0;
      })
      .map(function (line) {
        return t(line[0], { count: line[1] });
      });
  }

  function portals(t, snapshot) {
    var draw = panel.drawing;
    var rows = snapshot.portals.map(function (portal) {
      var facts = [t('panel.portal.' + portal.authType)].concat(portal.domains);
      var seen = portal.lastEventAt
        ? t('panel.portal.lastEvent', { time: draw.moment(portal.lastEventAt) })
        : t('panel.portal.noEvent');
      return draw.row({
        state: portal.state,
        name: draw.nodeName('portal', portal.id, portal.name || t('panel.part.portal')),
        aside: word(t, portal.state),
        notes: [
          draw.note(facts.join(' · ')),
          draw.note(seen),
          portal.refused > 0
            ? draw.note(t('panel.portal.refused', { count: portal.refused }), true)
            : undefined,
          troubleNote(t, portal.lastError, 'bitrix-portal'),
        ],
      });
    });
    return draw.section(
      'portals',
      t('panel.section.portals'),
      rows.concat(snapshot.bots.map(botRow.bind(undefined, t)), silentRows(t, snapshot, ['portal', 'bot'])),
      t('panel.empty.portals'),
    );
  }

  /** The worst of its places speaks for the bot. */
  function botRow(t, bot) {
    var draw = panel.drawing;
    var order = ['unusable', 'failed', 'starting', 'waiting', 'stopped', 'idle', 'working', 'ready'];
    var states = bot.portals.map(function (place) {
      return place.state;
    });
    var state = order.find(function (each) {
      return states.includes(each);
    });
    var places = bot.portals.map(function (place) {
      var id = place.botId === undefined ? '' : t('panel.bot.id', { id: place.botId });
      return draw.note([place.domain, id, word(t, place.state)].filter(Boolean).join(' · '));
    });
    var troubles = bot.portals.map(function (place) {
      return troubleNote(t, place.lastError, 'bitrix-bot');
    });
    return draw.row({
      state: state || 'idle',
      name: draw.nodeName('bot', bot.id, bot.name || bot.code),
      aside: word(t, state || 'idle'),
      notes: [draw.note([t('panel.part.bot'), bot.code, t('panel.bot.' + bot.mode)].join(' · '))].concat(
        places,
        troubles,
      ),
    });
  }

  function events(t, snapshot) {
    var draw = panel.drawing;
    var rows = snapshot.readers.map(function (reader) {
      var facts = [
        t('panel.events.waiting', { count: reader.waiting }),
        panel.instances.runningText(t, snapshot, reader),
      ];
      if (reader.oldestMs > 0) facts.push(t('panel.events.oldest', { age: draw.duration(reader.oldestMs) }));
      return draw.row({
        state: reader.waiting > 0 ? 'waiting' : 'ready',
        name: draw.nodeName('reader', reader.id, reader.name || t('panel.part.reader')),
        notes: [draw.note(facts.join(' · '))],
      });
    });
    return draw.section(
      'events',
      t('panel.section.events'),
      rows.concat(silentRows(t, snapshot, ['reader'])),
      t('panel.empty.events'),
    );
  }

  function pollers(t, snapshot) {
    var draw = panel.drawing;
    var ofBots = snapshot.bots
      .filter(function (bot) {
        return bot.poller;
      })
      .map(function (bot) {
        return Object.assign({ id: bot.id, name: bot.name || bot.code }, bot.poller);
      });
    var rows = ofBots.concat(snapshot.pollers).map(function (poller) {
      var facts = [poller.domain, t('panel.poller.taken', { count: poller.taken })];
      if (poller.failures > 0) facts.push(t('panel.poller.failures', { count: poller.failures }));
      return draw.row({
        state: poller.state,
        name: draw.nodeName('poller', poller.id, poller.name || t('panel.part.poller')),
        aside: word(t, poller.state),
        notes: [draw.note(facts.filter(Boolean).join(' · ')), troubleNote(t, poller.lastError, 'bitrix-bot')],
      });
    });
    return draw.section(
      'pollers',
      t('panel.section.pollers'),
      rows.concat(silentRows(t, snapshot, ['poller'])),
      t('panel.empty.pollers'),
    );
  }

  function storeFacts(t, store) {
    var draw = panel.drawing;
    var stats = store.stats;
    if (!stats) return [];
    var kept = t('panel.store.kept', {
      keys: stats.liveKeys,
      waiting: stats.waiting,
      dead: store.deadLetters,
    });
    if (!stats.journal) return [draw.note(kept)];
    var size = draw.bytes(stats.journal.journalBytes + stats.journal.snapshotBytes);
    var times = {
      median: draw.milliseconds(stats.journal.fsyncMs.median),
      p99: draw.milliseconds(stats.journal.fsyncMs.p99),
    };
    return [
      draw.note(kept),
      draw.note(t('panel.store.disk', { size: size, median: times.median, p99: times.p99 })),
    ];
  }

  function waitingNotes(t, store) {
    return ['parked', 'local']
      .filter((kind) => store[kind] > 0)
      .map((kind) => panel.drawing.note(t('panel.store.' + kind, { count: store[kind] }), true));
  }

  function stores(t, snapshot) {
    var draw = panel.drawing;
    var rows = snapshot.stores.map(function (store) {
      var found = store.report.map(function (trouble) {
        return draw.note(draw.sentence(t, trouble, 'bitlane-store'));
      });
      var wrong = [store.reason].concat(store.lastErrors).map(function (trouble) {
        return troubleNote(t, trouble, 'bitlane-store');
      });
      return draw.row({
        state: store.state,
        name: draw.nodeName('store', store.id, store.name || t('panel.part.store')),
        aside: word(t, store.state),
        notes: [draw.note(store.folder)].concat(storeFacts(t, store), waitingNotes(t, store), wrong, found),
      });
    });
    return draw.section(
      'stores',
      t('panel.section.stores'),
      rows.concat(silentRows(t, snapshot, ['store'])),
      t('panel.empty.stores'),
    );
  }

  function errors(t, snapshot) {
    var draw = panel.drawing;
    var known = snapshot.instances ? snapshot.instances.errors : snapshot.errors;
    var rows = known.map(function (error) {
      var node = RED.nodes.node(error.nodeId);
      var name = (node && node.name) || error.nodeType;
      var code = error.times > 1 ? error.code + ' × ' + error.times : error.code;
      return draw.row({
        name: draw.nodeName('error-' + error.code + (error.instance || ''), error.nodeId, name),
        aside: draw.moment(error.at),
        notes: [
          draw.note(draw.sentence(t, error, error.nodeType)),
          draw.note([code, error.instance].filter(Boolean).join(' · ')),
        ],
      });
    });
    return draw.section('errors', t('panel.section.errors'), rows, t('panel.empty.errors'));
  }

  panel.sections = {
    silentRows: silentRows,
    health: health,
    portals: portals,
    events: events,
    pollers: pollers,
    stores: stores,
    errors: errors,
  };
})();
