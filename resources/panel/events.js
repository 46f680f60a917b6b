// The section of what waits for bitrix-in nodes.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});

  function events(t, snapshot) {
    var draw = panel.drawing;
    var rows = snapshot.readers.map(function (reader) {
      var facts = [
        t('panel.events.waiting', { count: reader.waiting }),
        panel.instances.runningText(t, snapshot, reader),
      ];
      if (reader.oldestMs > 0) facts.push(t('panel.events.oldest', { age: draw.duration(reader.oldestMs) }));
      return draw.row({
        state: stateOfReader(reader),
        name: draw.nodeName(
          'reader',
          reader.id,
          draw.inFlow(t, reader.id, reader.name || t('panel.part.reader')),
        ),
        aside: reader.trouble && sections.word(t, 'failed'),
        notes: [draw.note(facts.join(' · ')), sections.troubleNote(t, reader.trouble, 'bitrix-in')],
      });
    });
    return draw.section(
      'events',
      t('panel.section.events'),
      rows.concat(sections.silentRows(t, snapshot, ['reader'])),
      t('panel.empty.events'),
    );
  }

  function stateOfReader(reader) {
    if (reader.trouble) return 'failed';
    return reader.waiting > 0 ? 'waiting' : 'ready';
  }

  sections.events = events;
})();
