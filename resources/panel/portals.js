// The section of the portals and the bots on them.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});

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
        aside: sections.word(t, portal.state),
        notes: [
          draw.note(facts.join(' · ')),
          draw.note(seen),
          portal.refused > 0
            ? draw.note(t('panel.portal.refused', { count: portal.refused }), true)
            : undefined,
          sections.troubleNote(t, portal.lastError, 'bitrix-portal'),
        ],
      });
    });
    return draw.section(
      'portals',
      t('panel.section.portals'),
      rows.concat(
        snapshot.bots.map(botRow.bind(undefined, t)),
        sections.silentRows(t, snapshot, ['portal', 'bot']),
      ),
      t('panel.empty.portals'),
    );
  }

  function botRow(t, bot) {
    var draw = panel.drawing;
    var state = sections.stateOfBot(bot);
    var places = bot.portals.map(function (place) {
      var id = place.botId === undefined ? '' : t('panel.bot.id', { id: place.botId });
      return draw.note([place.domain, id, sections.word(t, place.state)].filter(Boolean).join(' · '));
    });
    var troubles = bot.portals.map(function (place) {
      return sections.troubleNote(t, place.lastError, 'bitrix-bot');
    });
    return draw.row({
      state: state,
      name: draw.nodeName('bot', bot.id, bot.name || bot.code),
      aside: sections.word(t, state),
      notes: [draw.note([t('panel.part.bot'), bot.code, t('panel.bot.' + bot.mode)].join(' · '))].concat(
        places,
        troubles,
      ),
    });
  }

  sections.portals = portals;
})();
