// A calendar beside each field for a date, and a sentence while what stands in it is none. The field itself takes more
// than a calendar knows: a time, or a variable. Loaded once, with the panel; runs in the editor.
(function () {
  'use strict';

  var DATE = /^\s*(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d.*)?$/;
  var VARIABLE = /^\s*\$\{.+\}\s*$/;

  function addReason(node, input) {
    var warn = window.bitlane.createWarning(input, 'date-' + input.attr('id'));
    var judge = function () {
      var value = input.val();
      var isGood = value.trim() === '' || VARIABLE.test(value) || DATE.test(value);
      warn(isGood ? '' : node._('bitlane.warning.date'));
    };
    input.on('input change', judge);
    judge();
  }

  function addCalendar(node, input) {
    var id = input.attr('id');
    var name = $('label[for="' + id + '"]').attr('id', id + '-name');
    var button = $('<button type="button" class="red-ui-button bitlane-calendar">')
      .append($('<i class="fa fa-calendar" aria-hidden="true">'))
      .attr({
        id: id + '-calendar',
        title: node._('bitlane.date.choose'),
        'aria-label': node._('bitlane.date.choose'),
        'aria-labelledby': name.attr('id') + ' ' + id + '-calendar',
      });
    button.on('click', function () {
      var date = DATE.exec(input.val());
      var calendar = $('<input type="date" class="bitlane-date">')
        .attr('aria-labelledby', name.attr('id'))
        .val(date ? date[1] : '');
      // Typed with the keys, it is a date with every digit: the field is filled in all along, and comes back at the end.
      calendar.on('change', function () {
        if (calendar.val() !== '') input.val(calendar.val()).trigger('change');
      });
      var isOpen = true;
      var close = function () {
        if (!isOpen) return;
        isOpen = false;
        calendar.remove();
        input.add(button).show();
      };
      calendar.on('blur', close).on('keydown', function (event) {
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        close();
        button.trigger('focus');
      });
      input.add(button).hide();
      calendar.insertAfter(button).trigger('focus');
      // Firefox before 101 and Safari before 16 open it only by a press on the field itself.
      if (calendar[0].showPicker) calendar[0].showPicker();
    });
    input.after(button);
  }

  function prepare(node) {
    $('.red-ui-tray .bitlane-form input.bitlane-date').each(function () {
      addReason(node, $(this));
      addCalendar(node, $(this));
    });
  }

  window.bitlane = window.bitlane || {};
  window.bitlane.prepares = (window.bitlane.prepares || []).concat(prepare);
})();
