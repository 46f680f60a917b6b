// The section of the bots that fetch their events.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});

  /** It is to fetch, and there is nothing to fetch for as long as it is not on its portal. */
  function notFetching(t, bot) {
    var draw = panel.drawing;
    var state = sections.stateOfBot(bot);
    return draw.row({
      state: state,
      name: draw.nodeName('poller', bot.id, bot.name || bot.code),
      aside: sections.word(t, state),
      notes: [draw.note(t('panel.poller.notBegun'))],
    });
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
        aside: sections.word(t, poller.state),
        notes: [
          draw.note(facts.filter(Boolean).join(' · ')),
          sections.troubleNote(t, poller.lastError, 'bitrix-bot'),
        ],
      });
    });
    var unbegun = snapshot.bots
      .filter(function (bot) {
        return bot.mode === 'fetch' && !bot.poller;
      })
      .map(notFetching.bind(undefined, t));
    return draw.section(
      'pollers',
      t('panel.section.pollers'),
      rows.concat(unbegun, sections.silentRows(t, snapshot, ['poller'])),
      t('panel.empty.pollers'),
    );
  }

  sections.pollers = pollers;
})();
