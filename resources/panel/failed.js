// The rows that a cursor gave up, under their reasons: many have the same.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var small = 'red-ui-button red-ui-button-small';
  var longestName = 24;

  /** One word that no person reads: the id of a call. */
  function isMark(title) {
    return title.length > longestName && !/\s/.test(title);
  }

  /** What is kept of a reason is its code and the server's words, in the server's language. */
  function readReason(t, reason) {
    var code = (/^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): /.exec(reason) || [])[1];
    var text =
      code &&
      (panel.drawing.find(t, 'bitlane.error.' + code) || panel.drawing.find(t, 'bitlane.brief.' + code));
    return text ? { code: code, text: text } : { text: reason };
  }

  function groupsOf(t, rows) {
    var groups = new Map();
    rows.forEach(function (row) {
      var reason = readReason(t, row.reason);
      var group = groups.get(reason.text) || { reason: reason, rows: [] };
      group.rows.push(row);
      groups.set(reason.text, group);
    });
    return Array.from(groups.values());
  }

  function list(t, given, order) {
    var draw = panel.drawing;
    var cursor = given.cursor;
    var groups = groupsOf(t, cursor.failedRows).map(function (group) {
      return groupItem(t, given, group, order);
    });
    return draw.make('ul', '', groups);
  }

  function groupItem(t, given, group, order) {
    var draw = panel.drawing;
    // Of those that are not listed nobody knows the reason here.
    var counted = given.cursor.failedMore > 0 ? 'panel.cursor.shown' : 'panel.cursor.failed';
    var facts = [group.reason.code, t(counted, { count: group.rows.length })];
    var rows = group.rows.map(function (row) {
      return rowItem(t, given, row, order);
    });
    return draw.make('li', 'bitlane-panel-group', [
      draw.note(group.reason.text, true),
      draw.note(facts.filter(Boolean).join(' · ')),
      draw.make('ul', '', rows),
    ]);
  }

  function rowItem(t, given, row, order) {
    var draw = panel.drawing;
    var key = row.id + given.cursor.key;
    var facts = [
      t('panel.letter.attempts', { count: row.tries }),
      t('panel.letter.age', { age: draw.duration(given.at - row.failedAt) }),
    ];
    var again = draw.button(small, 'again' + key, t('panel.cursor.do.again'), function () {
      order({ action: 'retry', ids: [row.id] });
    });
    return draw.make(
      'li',
      'bitlane-panel-failed',
      rowName(row).concat(
        draw.note(facts.join(' · ')),
        given.mayAct ? draw.make('div', 'bitlane-panel-buttons', [again]) : [],
        draw.fold('reason' + key, t('panel.cursor.detail'), [draw.note(row.reason)]),
      ),
    );
  }

  /** Its time says more than the id of a call; that is there for whoever looks for it. */
  function rowName(row) {
    var draw = panel.drawing;
    var title = row.title || String(row.id);
    var time = row.at === undefined ? undefined : draw.moment(row.at);
    if (time !== undefined && !row.mark && isMark(title)) {
      return [draw.make('div', 'bitlane-panel-name', time), markNote(title)];
    }
    return [draw.make('div', 'bitlane-panel-name', title)].concat(
      time === undefined ? [] : draw.note(time),
      row.mark ? markNote(row.mark) : [],
    );
  }

  /** As long as it may be, on one line. */
  function markNote(text) {
    var mark = panel.drawing.note(text);
    mark.classList.add('bitlane-panel-mark');
    mark.title = text;
    return mark;
  }

  panel.failed = { list: list, isMark: isMark };
})();
