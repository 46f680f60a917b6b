// A list to choose several from is shown as boxes to tick. Loaded once, with the panel; runs in the editor.
(function () {
  'use strict';

  var VARIABLE = /^\s*\$[{(](.+)[)}]\s*$/;

  /** The list stays in the form, out of sight: the editor reads it, and judges it, as before. */
  function addTicks(node, select) {
    var id = select.attr('id');
    var property = id.replace(/^node-(?:config-)?input-/, '');
    var name = $('label[for="' + id + '"]').attr('id', id + '-name');
    var group = $('<div class="bitlane-ticks" role="group">').attr('aria-labelledby', name.attr('id'));
    // A node that was made before there was this setting.
    if (node[property] === undefined) select.val(node._def.defaults[property].value);
    var isText = typeof node[property] === 'string' && node[property] !== '';
    if (isText) choose(select, node[property]);
    // Without its id the editor reads nothing from the list, and the text stays, be it with commas or a variable.
    if (isText) select.removeAttr('id');
    var variable = isText ? VARIABLE.exec(node[property]) : null;
    var note = $('<div class="form-tips bitlane-beside" role="status">').hide();
    if (variable) note.text(node._('bitlane.list.variable', { name: variable[1] })).show();
    select.find('option').each(function () {
      var option = this;
      var box = $('<input type="checkbox">').prop('checked', option.selected);
      box.on('change', function () {
        option.selected = box.prop('checked');
        note.hide();
        select.attr('id', id).trigger('change');
      });
      // The editor puts the texts in only afterwards.
      var text = $('<span>').attr('data-i18n', $(option).attr('data-i18n')).text($(option).text());
      $('<label class="bitlane-tick">').append(box, text).appendTo(group);
    });
    select.hide().after(group, note);
  }

  function choose(select, text) {
    var values = text.split(',').map(function (value) {
      return value.trim();
    });
    select.val(values);
  }

  function prepare(node) {
    $('.red-ui-tray .bitlane-form select[multiple]:not(:hidden)').each(function () {
      addTicks(node, $(this));
    });
  }

  window.bitlane = window.bitlane || {};
  window.bitlane.prepares = (window.bitlane.prepares || []).concat(prepare);
})();
