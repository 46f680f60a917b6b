a callout
left
right
Hi @ann, see @bob🙂
deep
without a type
end
