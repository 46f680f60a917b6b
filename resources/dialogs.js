// What the dialogs of the pack share. Loaded by the pages of the nodes; runs in the editor.
(function () {
  'use strict';

  /** The dialog's values as they stand now: a person wants to check before pressing Done. */
  function readForm(node) {
    var prefix = '#node-config-input-';
    var read = function (name) {
      var field = $(prefix + name);
      return field.attr('type') === 'checkbox' ? field.prop('checked') : field.val();
    };
    var form = { id: node.id, credentials: {} };
    Object.keys(node._def.defaults).forEach(function (name) {
      if ($(prefix + name).length > 0) form[name] = read(name);
    });
    Object.keys(node._def.credentials || {}).forEach(function (name) {
      form.credentials[name] = read(name);
    });
    return form;
  }

  function post(node, action, form) {
    return $.ajax({
      url: 'bitlane/' + node.type + '/' + action,
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(form),
    });
  }

  /** Puts the Check connection button, and the place for its answer, into the dialog's element `.bitlane-check`. */
  function addCheckButton(node) {
    var place = $('.bitlane-check').empty();
    var button = $('<button type="button" class="red-ui-button">').text(node._('bitlane.check.button'));
    var answer = $('<div role="status" aria-live="polite" style="margin-top: 8px; white-space: pre-line">');
    var show = function (ok, text) {
      answer.css('color', ok === false ? 'var(--red-ui-text-color-error)' : '').text(text);
    };
    button.on('click', function () {
      button.prop('disabled', true);
      show(undefined, node._('bitlane.check.running'));
      post(node, 'check', readForm(node))
        .done(function (result) {
          show(result.ok, result.message);
        })
        .fail(function () {
          show(false, node._('bitlane.check.failed'));
        })
        .always(function () {
          button.prop('disabled', false);
        });
    });
    place.append(button, answer);
  }

  window.bitlane = { addCheckButton: addCheckButton, readForm: readForm, post: post };
})();
