// The section of the processes that share a store: how each is, and what they have in common. Without such a store there
// is none.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var looks = { ok: 'ready', degraded: 'waiting', down: 'failed' };

  function section(t, snapshot) {
    var draw = panel.drawing;
    var instances = snapshot.instances;
    if (!instances) return draw.make('div');
    var rows = instances.list.map(function (instance) {
      return instanceRow(t, instance);
    });
    if (rows.length > 1) rows.push(totalsRow(t, instances.totals));
    rows.push(sharedRow(t, instances.shared));
    if (instances.versions.length > 0) rows.unshift(versionsRow(t, instances.versions));
    return draw.section('instances', t('panel.section.instances'), rows, '');
  }

  function versionsRow(t, versions) {
    var text = t('panel.instance.versions', { versions: versions.join(', ') });
    return panel.drawing.make('li', 'bitlane-panel-row', panel.drawing.note(text, true));
  }

  function instanceRow(t, instance) {
    var draw = panel.drawing;
    return draw.row({
      state: instance.isSilent ? 'closed' : looks[instance.status],
      name: draw.make('span', 'bitlane-panel-name', instance.name),
      aside: stateText(t, instance),
      notes: [
        instance.isSelf ? draw.note(t('panel.instance.self')) : undefined,
        draw.note(t('panel.instance.since', { time: draw.moment(instance.startedAt) })),
        draw.note(versions(t, instance)),
        // What a silent one has in hand nobody knows; the totals leave it out as well.
        instance.isSilent ? undefined : draw.note(workText(t, instance)),
        named(t, 'panel.instance.portals', instance.portals),
        named(t, 'panel.instance.bots', instance.bots),
        instance.parked > 0
          ? draw.note(t('panel.store.parked', { count: instance.parked }), true)
          : undefined,
      ],
    });
  }

  function stateText(t, instance) {
    if (!instance.isSilent) return t('panel.instance.state.' + instance.status);
    return t('panel.instance.silent', { age: panel.drawing.duration(instance.ageMs) });
  }

  function versions(t, instance) {
    return [
      t('panel.instance.version', { version: instance.pack }),
      instance.nodeRed && 'Node-RED ' + instance.nodeRed,
      instance.node && 'Node.js ' + instance.node,
    ]
      .filter(Boolean)
      .join(' · ');
  }

  function workText(t, counts) {
    return [
      t('panel.instance.inHand', { count: counts.inHand }),
      t('panel.instance.retries', { count: counts.retries }),
      t('panel.instance.errors', { count: counts.errors }),
    ].join(' · ');
  }

  function named(t, key, names) {
    return names.length > 0 ? panel.drawing.note(t(key, { names: names.join(', ') })) : undefined;
  }

  function totalsRow(t, totals) {
    var draw = panel.drawing;
    return draw.row({
      name: draw.make('span', 'bitlane-panel-name', t('panel.instance.totals')),
      notes: [draw.note(workText(t, totals))],
    });
  }

  function sharedRow(t, shared) {
    var draw = panel.drawing;
    var facts = [
      t('panel.instance.waiting', { count: shared.waiting }),
      t('panel.instance.deadLetters', { count: shared.deadLetters }),
      t('panel.instance.heldUploads', { count: shared.heldUploads }),
    ];
    return draw.row({
      name: draw.make('span', 'bitlane-panel-name', t('panel.instance.shared')),
      notes: [draw.note(facts.join(' · '))],
    });
  }

  /** How many events of a node are in hand, where several share the work: of whom how many. */
  function runningText(t, snapshot, reader) {
    var speaking = snapshot.instances
      ? snapshot.instances.list.filter(function (instance) {
          return !instance.isSilent;
        })
      : [];
    if (speaking.length < 2) return t('panel.events.running', { count: reader.running });
    var counts = speaking.map(function (instance) {
      return instance.running[reader.id] || 0;
    });
    var parts = speaking.map(function (instance, place) {
      return instance.name + ': ' + counts[place];
    });
    var count = counts.reduce(function (sum, each) {
      return sum + each;
    }, 0);
    return t('panel.events.runningOf', { count: count, parts: parts.join(', ') });
  }

  panel.instances = { section: section, runningText: runningText };
})();
