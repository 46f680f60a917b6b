// Makes the dialogs of the pack usable with the keyboard alone and with a screen reader, where the editor's own widgets
// are not. Loaded by the pages of the config nodes; runs in the editor.
(function () {
  'use strict';

  /** The text of the field's name, as a person sees it. */
  function nameOf(input) {
    return (input.attr('aria-label') || $('label[for="' + input.attr('id') + '"]').text()).trim();
  }

  /** The editor puts a new field over the one that has a name. */
  function nameTypedInputs(form) {
    form.find('input.red-ui-typedInput').each(function () {
      var name = nameOf($(this));
      var box = $(this).next('.red-ui-typedInput-container');
      box.find('.red-ui-typedInput-input').attr('aria-label', name);
      box.find('button').each(function () {
        var shown = $(this).text().trim();
        $(this).attr('aria-label', shown === '' ? name : name + ', ' + shown);
      });
    });
  }

  /** The pencil and the plus beside the choice of another node: links without an address, which Tab passes by. */
  function openToKeyboard(form) {
    form.find('a.red-ui-button:not([href])').each(function () {
      var button = $(this);
      if (button.attr('role') === 'button') return;
      var parts = /^node-(?:config-)?input-btn-(.+)-(add|edit)$/.exec(button.attr('id') || '');
      var property =
        parts && $('label[for="' + button.attr('id').replace(/btn-(.+)-(?:add|edit)$/, '$1') + '"]');
      if (!property) return;
      var text = parts[2] === 'add' ? 'editor.addNewConfig' : 'editor.editConfig';
      button
        .attr({ role: 'button', tabindex: 0, 'aria-label': RED._(text, { type: property.text().trim() }) })
        .on('keydown', function (event) {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          button.trigger('click');
        });
    });
  }

  function nameRemovers(form) {
    form.find('.red-ui-editableList-item-remove').attr('aria-label', RED._('common.label.delete'));
  }

  /** The unit stands behind the field and belongs to what is read out. */
  function nameUnits(form) {
    form.find('input.bitlane-number').each(function () {
      var unit = $(this).nextAll('span').first().text().trim();
      $(this).removeAttr('aria-label');
      $(this).attr('aria-label', nameOf($(this)) + ', ' + unit);
    });
  }

  function nameAll() {
    var form = $('.red-ui-tray .bitlane-form');
    if (form.length === 0) return;
    form.find('.fa').attr('aria-hidden', 'true');
    nameTypedInputs(form);
    openToKeyboard(form);
    nameRemovers(form);
    nameUnits(form);
  }

  // Only what is added counts: the names that are set here are attributes, and start nothing anew.
  var watcher = new window.MutationObserver(nameAll);
  // Several pages load this file.
  if (window.bitlane && window.bitlane.isAccessible) return;
  window.bitlane = Object.assign(window.bitlane || {}, { isAccessible: true });
  RED.events.on('editor:open', function () {
    var stack = document.getElementById('red-ui-editor-stack');
    if (stack) watcher.observe(stack, { childList: true, subtree: true });
  });
  RED.events.on('editor:close', function () {
    watcher.disconnect();
  });
})();
