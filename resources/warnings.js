// What the dialogs of the pack say at a field that is filled in wrongly. Runs in the editor.
(function () {
  'use strict';

  /**
   * A place in the row of a field for one warning. It is there from the beginning and empty: what is put into a place
   * that is known already is read aloud. While something stands there, the field names it as its description.
   */
  function createWarning(input, name) {
    // The editor makes another field of a typed one, and that is the one a person is in.
    var made = input.next('.red-ui-typedInput-container').find('.red-ui-typedInput-input').first();
    var shown = made.length > 0 ? made : input;
    var id = 'bitlane-warning-' + name;
    var place = $('<div class="bitlane-warning" role="status" aria-live="polite">').attr('id', id);
    place.appendTo(rowOf(input));
    return function (text) {
      var others = (shown.attr('aria-describedby') || '').split(' ').filter(function (other) {
        return other !== '' && other !== id;
      });
      var all = text ? others.concat(id) : others;
      if (all.length > 0) shown.attr('aria-describedby', all.join(' '));
      else shown.removeAttr('aria-describedby');
      if (place.text() === text) return;
      place.empty();
      if (!text) return;
      place.append($('<div class="form-tips bitlane-beside">').text(text));
      // One that is folded away warns nobody.
      place.closest('details').prop('open', true);
    };
  }

  function rowOf(input) {
    var row = input.closest('.form-row');
    return row.length > 0 ? row : input.parent();
  }

  /**
   * Says at a field what is wrong with its value, while it is wrong. A variable is not judged by `isWrong`: only the
   * runtime knows what it holds. `ask`, if given, has the runtime judge what seems right: it resolves to a text, which
   * is empty for a good value.
   */
  function warnAt(node, name, options) {
    var input = window.bitlane.field(node, name);
    var warn = createWarning(input, name);
    var asked = 0;
    var judge = function () {
      var value = input.val().trim();
      asked += 1;
      var isWrong = value !== '' && value.indexOf('${') < 0 && options.isWrong(value);
      warn(isWrong ? options.text : '');
      return isWrong;
    };
    var ask = function () {
      if (judge() || !options.ask) return;
      var question = asked;
      options.ask().done(function (text) {
        // Typed on meanwhile: the answer is about something else.
        if (question === asked) warn(text);
      });
    };
    input.on('input', judge);
    input.on('change', ask);
    ask();
  }

  // Several pages load this file, and other files of the pack add to the same object.
  window.bitlane = Object.assign(window.bitlane || {}, { createWarning: createWarning, warnAt: warnAt });
})();
