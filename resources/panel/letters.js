// The section of events that were given up, with what a person can have done with them.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  /** What persons wrote, by letter, while it is shown. */
  var shown = new Map();

  function post(action, letter) {
    return $.ajax({
      url: 'bitlane/panel/' + action,
      type: 'POST',
      contentType: 'application/json',
      dataType: 'json',
      data: JSON.stringify(letter),
    });
  }

  function reasonText(t, reason) {
    var find = panel.drawing.find;
    return find(t, 'panel.reason.' + reason) || find(t, 'bitlane.brief.' + reason) || reason;
  }

  function letters(t, snapshot, tab) {
    var draw = panel.drawing;
    var mayAct = RED.user.hasPermission('bitlane.write');
    var rows = snapshot.stores.flatMap(function (store) {
      return store.letters.map(function (letter) {
        return letterRow(t, { store: store.id, letter: letter, at: snapshot.at, mayAct: mayAct }, tab);
      });
    });
    var hidden = snapshot.stores.reduce(function (sum, store) {
      return sum + Math.max(0, store.deadLetters - store.letters.length);
    }, 0);
    if (hidden > 0)
      rows.push(draw.make('li', 'bitlane-panel-row', draw.note(t('panel.letter.more', { count: hidden }))));
    var element = draw.section('letters', t('panel.section.letters'), rows, t('panel.empty.letters'));
    if (rows.length > 0 && mayAct) element.append(allButtons(t, snapshot, tab));
    return element;
  }

  function letterRow(t, given, tab) {
    var draw = panel.drawing;
    var letter = given.letter;
    var what = letter.what;
    var name = { store: given.store, queue: letter.queue, id: letter.id };
    var key = JSON.stringify(name);
    var kind = draw.find(t, 'panel.kind.' + what.kind) || what.kind || t('panel.kind.unknown');
    var facts = [what.bot, what.dialog].filter(Boolean);
    var counts = [
      t('panel.letter.attempts', { count: letter.attempts }),
      t('panel.letter.age', { age: draw.duration(given.at - letter.buriedAt) }),
    ];
    var item = draw.row({
      state: 'failed',
      name: draw.make('span', 'bitlane-panel-name', [kind].concat(facts).join(' · ')),
      notes: [draw.note(reasonText(t, letter.reason), true), draw.note(counts.join(' · '))],
    });
    if (given.mayAct) item.append(letterButtons(t, { name: name, key: key }, tab));
    if (shown.has(key))
      item.append(draw.make('div', 'bitlane-panel-text', shown.get(key) || t('panel.letter.noText')));
    return item;
  }

  function letterButtons(t, letter, tab) {
    var draw = panel.drawing;
    var small = 'red-ui-button red-ui-button-small';
    var isShown = shown.has(letter.key);
    var toggle = draw.button(
      small,
      'show' + letter.key,
      t(isShown ? 'panel.letter.hide' : 'panel.letter.show'),
      function () {
        if (shown.delete(letter.key)) return tab.redraw();
        post('letter', letter.name)
          .done(function (answer) {
            if (answer.ok) shown.set(letter.key, answer.text);
            tab.redraw();
          })
          .fail(tab.complain);
      },
    );
    toggle.setAttribute('aria-expanded', String(isShown));
    return draw.make('div', 'bitlane-panel-buttons', [
      draw.button(small, 'replay' + letter.key, t('panel.letter.replay'), function () {
        post('replay', letter.name).done(tab.refresh).fail(tab.complain);
      }),
      draw.button(small, 'discard' + letter.key, t('panel.letter.discard'), function () {
        if (window.confirm(t('panel.letter.confirmDiscard')))
          post('discard', letter.name).done(tab.refresh).fail(tab.complain);
      }),
      toggle,
    ]);
  }

  function allButtons(t, snapshot, tab) {
    var draw = panel.drawing;
    var stores = snapshot.stores.filter(function (store) {
      return store.letters.length > 0;
    });
    var withAll = function (action, question) {
      if (!window.confirm(question)) return;
      stores.forEach(function (store) {
        post(action, { store: store.id, all: true }).done(tab.refresh).fail(tab.complain);
      });
    };
    var small = 'red-ui-button red-ui-button-small';
    var buttons = draw.make('div', 'bitlane-panel-buttons bitlane-panel-row', [
      draw.button(small, 'replay-all', t('panel.letter.replayAll'), function () {
        withAll('replay', t('panel.letter.confirmReplayAll'));
      }),
      draw.button(small, 'discard-all', t('panel.letter.discardAll'), function () {
        withAll('discard', t('panel.letter.confirmDiscardAll'));
      }),
    ]);
    return buttons;
  }

  /** What is no longer listed is no longer shown either. */
  function forgetOthers(snapshot) {
    var keys = snapshot.stores.flatMap(function (store) {
      return store.letters.map(function (letter) {
        return JSON.stringify({ store: store.id, queue: letter.queue, id: letter.id });
      });
    });
    shown.forEach(function (_text, key) {
      if (!keys.includes(key)) shown.delete(key);
    });
  }

  panel.letters = { section: letters, forgetOthers: forgetOthers };
})();
