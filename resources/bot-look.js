// How a bot looks: its colour and its picture in the dialog of bitrix-bot. Loaded after dialogs.js; runs in the editor.
(function () {
  'use strict';

  /** The names that Bitrix24 knows, each about as it is shown there. */
  var COLOURS = {
    AZURE: '#29619b',
    DARK_BLUE: '#3e99ce',
    LIGHT_BLUE: '#4ba5c3',
    AQUA: '#1eb4aa',
    MINT: '#4ba984',
    GREEN: '#64a513',
    LIME: '#58cc47',
    KHAKI: '#728f7a',
    SAND: '#ba9c7b',
    BROWN: '#ab7761',
    RED: '#df532d',
    PINK: '#f76187',
    PURPLE: '#8474c8',
    MARENGO: '#556574',
    GRAY: '#909090',
    GRAPHITE: '#5e5f5e',
  };
  /** A larger picture is drawn anew, at most so many pixels a side. */
  var PICTURE_SIDE = 640;

  function swatchOf(name) {
    return $('<span class="bitlane-swatch" aria-hidden="true">').css(
      'background',
      COLOURS[name] || 'transparent',
    );
  }

  /** The colours to choose from, and beside the field the one that stands in it. */
  function suggestColours(node) {
    var input = window.bitlane.field(node, 'color');
    var choices = Object.keys(COLOURS).map(function (name) {
      return { value: name, label: node._('bitrix-bot.color.' + name) + ' – ' + name };
    });
    window.bitlane.suggest(node, input, {
      ask: function () {
        return $.Deferred().resolve({ ok: true });
      },
      offer: function () {
        return { choices: choices };
      },
      picture: function (choice) {
        return swatchOf(choice.value);
      },
    });
    var shown = swatchOf('').css('margin', '0 0 0 -26px').insertAfter(input);
    var show = function () {
      var colour = COLOURS[input.val().trim().toUpperCase()];
      shown.css('background', colour || 'transparent').toggle(colour !== undefined);
    };
    input.on('input change', show);
    show();
  }

  /** A file to choose, and the picture that stands in the field as letters. */
  function addPicture(node) {
    var input = window.bitlane.field(node, 'avatar');
    var picture = $('<img>').attr('alt', node._('bitrix-bot.picture.alt'));
    var file = $('<input type="file" accept="image/png,image/jpeg,image/gif">').hide();
    var choose = buttonOf(node._('bitrix-bot.picture.choose'));
    var remove = buttonOf(node._('bitrix-bot.picture.remove'));
    var place = $('<div class="bitlane-picture">').append(picture, choose, remove, file);
    input.closest('.form-row').append(place);
    var warn = window.bitlane.createWarning(input, 'avatar');
    var show = function () {
      var address = addressOf(input.val());
      remove.toggle(input.val() !== '');
      picture.toggle(address !== '');
      if (address !== '') picture.attr('src', address);
      else picture.removeAttr('src');
      warn('');
    };
    picture.on('error', function () {
      picture.hide();
      warn(node._('bitrix-bot.picture.unreadable'));
    });
    input.on('input change', show);
    choose.on('click', function () {
      file.val('').trigger('click');
    });
    file.on('change', function () {
      if (!file[0].files[0]) return;
      drawn(file[0].files[0]).then(
        function (base64) {
          input.val(base64).trigger('change');
        },
        function () {
          warn(node._('bitrix-bot.picture.unreadable'));
        },
      );
    });
    remove.on('click', function () {
      input.val('').trigger('change').trigger('focus');
    });
    show();
  }

  function buttonOf(text) {
    return $('<button type="button" class="red-ui-button red-ui-button-small">').text(text);
  }

  /** Of what the field holds; nothing for a variable. */
  function addressOf(text) {
    var base64 = text.replace(/^data:[^,]{0,100},/, '').replace(/\s+/g, '');
    return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? 'data:image/' + kindOf(base64) + ';base64,' + base64 : '';
  }

  /** By its first letters. */
  function kindOf(base64) {
    if (base64.indexOf('/9j/') === 0) return 'jpeg';
    return base64.indexOf('R0lGOD') === 0 ? 'gif' : 'png';
  }

  /** As small as the portal shows it, in base64. */
  function drawn(file) {
    return window.createImageBitmap(file).then(function (bitmap) {
      var scale = Math.min(1, PICTURE_SIDE / Math.max(bitmap.width, bitmap.height));
      var canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      var type = file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png';
      return canvas.toDataURL(type, 0.9).replace(/^[^,]*,/, '');
    });
  }

  window.bitlane = Object.assign(window.bitlane || {}, {
    suggestColours: suggestColours,
    addPicture: addPicture,
  });
})();
