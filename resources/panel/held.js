// The section of uploads whose outcome nobody knows, with what a person can have done with them.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});

  function post(choice) {
    return $.ajax({
      url: 'bitlane/panel/upload',
      type: 'POST',
      contentType: 'application/json',
      dataType: 'json',
      data: JSON.stringify(choice),
    });
  }

  function uploads(t, snapshot, tab) {
    var draw = panel.drawing;
    var mayAct = RED.user.hasPermission('bitlane.write');
    var rows = snapshot.uploads.flatMap(function (uploads) {
      var ofOne = uploads.held.map(function (held) {
        return heldRow(t, { uploads: uploads, held: held, at: snapshot.at, mayAct: mayAct }, tab);
      });
      var more = uploads.count - uploads.held.length;
      if (more > 0)
        ofOne.push(draw.make('li', 'bitlane-panel-row', draw.note(t('panel.upload.more', { count: more }))));
      return ofOne;
    });
    return draw.section(
      'uploads',
      t('panel.section.uploads'),
      rows.concat(panel.sections.silentRows(t, snapshot, ['uploads'])),
      t('panel.empty.uploads'),
    );
  }

  function heldRow(t, given, tab) {
    var draw = panel.drawing;
    var held = given.held;
    var connection = given.uploads.name || given.uploads.connectionId;
    var item = draw.row({
      state: 'waiting',
      name: draw.make('span', 'bitlane-panel-name', held.key),
      aside: t('panel.upload.age', { age: draw.duration(given.at - held.since) }),
      notes: [draw.nodeName('upload' + held.key, given.uploads.id, connection)],
    });
    if (given.mayAct) item.append(buttons(t, { list: given.uploads.list, key: held.key }, tab));
    return item;
  }

  function buttons(t, upload, tab) {
    var draw = panel.drawing;
    var small = 'red-ui-button red-ui-button-small';
    var name = JSON.stringify(upload);
    var settle = function (how, question) {
      if (!window.confirm(question)) return;
      post(Object.assign({ how: how }, upload))
        .done(tab.refresh)
        .fail(tab.complain);
    };
    return draw.make('div', 'bitlane-panel-buttons', [
      draw.button(small, 'again' + name, t('panel.upload.again'), function () {
        settle('again', t('panel.upload.confirmAgain'));
      }),
      draw.button(small, 'forget' + name, t('panel.upload.forget'), function () {
        settle('forget', t('panel.upload.confirmForget'));
      }),
    ]);
  }

  panel.held = { section: uploads };
})();
