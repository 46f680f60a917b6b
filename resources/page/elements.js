// What the page is built with. Whatever comes from outside is shown as text and never as HTML.
(function () {
  'use strict';

  var words = JSON.parse(document.getElementById('start').textContent).texts.words;

  /** Larger pictures are drawn anew, at most so many pixels a side. */
  var pictureSide = 640;
  var pictureBytes = 500 * 1024;

  function make(tag, attributes, content) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      element.setAttribute(name, attributes[name]);
    });
    [].concat(content === undefined ? [] : content).forEach(function (piece) {
      element.append(piece);
    });
    return element;
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_whole, name) {
      return String(values[name]);
    });
  }

  function button(text, onPress, look) {
    var made = make('button', { type: 'button', class: look || '' }, text);
    made.addEventListener('click', onPress);
    return made;
  }

  var lastId = 0;
  function field(label, input, help, look) {
    var whole = make('label', { class: 'field ' + (look || '') }, [make('span', {}, label), input]);
    if (!help) return whole;
    lastId += 1;
    input.setAttribute('aria-describedby', 'help-' + lastId);
    whole.append(make('span', { id: 'help-' + lastId }, help));
    return whole;
  }

  function textInput(value, longest) {
    var input = make('input', { type: 'text', maxlength: longest, autocomplete: 'off' });
    input.value = value;
    return input;
  }

  function pictureField() {
    var input = make('input', { type: 'file', accept: 'image/png,image/jpeg,image/gif' });
    return {
      element: field(words.newPicture, input, words.pictureHelp),
      /** Base64, or nothing when no file was chosen. */
      read: function () {
        var file = input.files[0];
        return file ? drawn(file) : Promise.resolve(undefined);
      },
    };
  }

  function drawn(file) {
    return window.createImageBitmap(file).then(function (bitmap) {
      var scale = Math.min(1, pictureSide / Math.max(bitmap.width, bitmap.height));
      var canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      var surface = canvas.getContext('2d');
      surface.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      var asPng = base64Of(canvas.toDataURL('image/png'));
      if (file.type !== 'image/jpeg' && asPng.length <= (pictureBytes * 4) / 3) return asPng;
      // A JPEG has no see-through parts: they would be black.
      surface.globalCompositeOperation = 'destination-over';
      surface.fillStyle = '#fff';
      surface.fillRect(0, 0, canvas.width, canvas.height);
      return base64Of(canvas.toDataURL('image/jpeg', 0.9));
    });
  }

  function base64Of(address) {
    return address.slice(address.indexOf(',') + 1);
  }

  window.bitlanePage = Object.assign(window.bitlanePage || {}, {
    make: make,
    fill: fill,
    button: button,
    field: field,
    textInput: textInput,
    pictureField: pictureField,
  });
})();
