// The section of the nodes that work a history off: how far each is, what failed, and what a person can have done.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var small = 'red-ui-button red-ui-button-small';

  function post(order) {
    return $.ajax({
      url: 'bitlane/panel/cursor',
      type: 'POST',
      contentType: 'application/json',
      dataType: 'json',
      data: JSON.stringify(order),
    });
  }

  function section(t, snapshot, tab) {
    var draw = panel.drawing;
    var mayAct = RED.user.hasPermission('bitlane.write');
    var rows = snapshot.cursors.map(function (cursor) {
      return cursorRow(t, { cursor: cursor, at: snapshot.at, mayAct: mayAct }, tab);
    });
    return draw.section(
      'cursors',
      t('panel.section.cursors'),
      rows.concat(panel.sections.silentRows(t, snapshot, ['cursor'])),
      t('panel.empty.cursors'),
    );
  }

  function cursorRow(t, given, tab) {
    var draw = panel.drawing;
    var cursor = given.cursor;
    var name = cursor.name || draw.find(t, 'panel.cursor.kind.' + cursor.kind) || cursor.nodeType;
    var item = draw.row({
      state: dotOf(cursor),
      name: draw.nodeName('cursor' + cursor.key, cursor.id, name),
      aside: t('panel.cursor.state.' + stateOf(cursor)),
      notes: [draw.note([cursor.place, cursor.cursor].join(' · '))].concat(
        bar(t, cursor),
        facts(t, given).map(function (line) {
          return draw.note(line);
        }),
        cursor.error ? [draw.note(panel.sentences.sentence(t, cursor.error, cursor.nodeType), true)] : [],
      ),
    });
    if (given.mayAct) item.append(cursorButtons(t, cursor, tab));
    if (cursor.failedRows.length > 0) item.append(panel.failed.list(t, given, orderer(cursor, tab)));
    return item;
  }

  function stateOf(cursor) {
    if (cursor.state !== 'idle') return cursor.state;
    return cursor.isHeld ? 'held' : 'idle';
  }

  function dotOf(cursor) {
    if (cursor.error || cursor.failed > 0) return 'failed';
    if (cursor.state === 'running') return 'working';
    if (cursor.state === 'stopping') return 'waiting';
    return cursor.isHeld ? 'stopped' : 'ready';
  }

  function bar(t, cursor) {
    if (cursor.state === 'idle' || cursor.share === undefined) return [];
    var element = panel.drawing.make('progress', 'bitlane-panel-progress');
    element.max = 1;
    element.value = cursor.share;
    element.setAttribute('aria-label', t('panel.cursor.progress'));
    return [element];
  }

  function count(value) {
    return new Intl.NumberFormat(RED.i18n.lang()).format(value);
  }

  function facts(t, given) {
    var cursor = given.cursor;
    return [
      [runText(t, cursor)],
      [
        cursor.late > 0 && t('panel.cursor.late', { count: count(cursor.late) }),
        cursor.failed > 0 && failedText(t, cursor),
      ],
      [
        cursor.ratePerMinute > 0 && t('panel.cursor.rate', { count: count(cursor.ratePerMinute) }),
        cursor.minutesLeft > 0 &&
          t('panel.cursor.left', { time: panel.drawing.duration(cursor.minutesLeft * 60000) }),
        cursor.last && lastText(t, cursor.last),
      ],
    ]
      .map(function (line) {
        return line.filter(Boolean).join(' · ');
      })
      .filter(Boolean);
  }

  /** Of one run; what waits and what failed is of all of them. */
  function runText(t, cursor) {
    var isRunning = cursor.state !== 'idle';
    var progress =
      cursor.total === undefined || cursor.total < cursor.handled
        ? t('panel.cursor.handled', { count: count(cursor.handled) })
        : t('panel.cursor.handledOf', { count: count(cursor.handled), total: count(cursor.total) });
    var parts = [
      (isRunning || cursor.startedAt !== undefined) && progress,
      cursor.sent > 0 && t('panel.cursor.sent', { count: count(cursor.sent) }),
      cursor.skipped > 0 && t('panel.cursor.skipped', { count: count(cursor.skipped) }),
      cursor.inFlight > 0 && t('panel.cursor.inFlight', { count: count(cursor.inFlight) }),
    ].filter(Boolean);
    if (parts.length === 0) return '';
    return [t(isRunning ? 'panel.cursor.thisRun' : 'panel.cursor.lastRun')].concat(parts).join(' · ');
  }

  function failedText(t, cursor) {
    var all = count(cursor.failed);
    if (cursor.failedMore === 0) return t('panel.cursor.failedAll', { count: all });
    return t('panel.cursor.failedShown', { count: all, shown: count(cursor.failedRows.length) });
  }

  function lastText(t, last) {
    var title = last.title || String(last.id);
    if (last.at === undefined) return t('panel.cursor.last', { title: title });
    if (panel.failed.isMark(title)) return t('panel.cursor.last', { title: panel.drawing.moment(last.at) });
    return t('panel.cursor.lastAt', { title: title, time: panel.drawing.moment(last.at) });
  }

  /** Orders that are the same for all buttons of a cursor. */
  function orderer(cursor, tab) {
    return function (order, question) {
      if (question && !window.confirm(question)) return;
      post(Object.assign({ key: cursor.key }, order))
        .done(tab.refresh)
        .fail(tab.complain);
    };
  }

  function cursorButtons(t, cursor, tab) {
    var draw = panel.drawing;
    var order = orderer(cursor, tab);
    var button = function (action, question) {
      return draw.button(small, action + cursor.key, t('panel.cursor.do.' + action), function () {
        order({ action: action }, question);
      });
    };
    return draw.make('div', 'bitlane-panel-buttons', [
      cursor.state === 'idle' ? button('start') : undefined,
      cursor.state === 'running' ? button('stop') : undefined,
      cursor.late > 0 ? button('late') : undefined,
      cursor.failed > 0 ? button('retry') : undefined,
      cursor.failed > 0 ? button('drop', t('panel.cursor.confirmDrop')) : undefined,
      button('reset', t('panel.cursor.confirmReset')),
    ]);
  }

  panel.cursors = { section: section };
})();
